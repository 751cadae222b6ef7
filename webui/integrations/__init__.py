"""The page that lists all other systems that the place works with."""
