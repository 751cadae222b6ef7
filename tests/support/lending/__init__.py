"""Tools that the place lends: the example of a room, which the suite adds to the house."""
