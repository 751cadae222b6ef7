"""From an empty place to the first granted tap."""
