"""FabOMatic: imports its database, and serves its boards over MQTT."""
