"""The page of FabOMatic boards."""
