"""Setup: the steps from an empty place to the first granted tap."""
