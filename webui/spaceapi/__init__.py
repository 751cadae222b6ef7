"""The SpaceAPI address, which directories of hackerspaces and fablabs read."""
