"""SpaceAPI 15: publishes whether the site is open and how many people are in."""
