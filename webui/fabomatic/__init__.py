"""FabOMatic: the page of its boards."""
