"""The page of all other systems that the place works with."""
