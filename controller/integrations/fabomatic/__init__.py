"""FabOMatic: its database is brought here, and its boards are answered."""
