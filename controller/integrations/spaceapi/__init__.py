"""SpaceAPI 15: whether the place is open and how many are in, for directories and screens."""
