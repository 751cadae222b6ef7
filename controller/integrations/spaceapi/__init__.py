"""SpaceAPI 15: publishes whether the site is open, and its address."""
