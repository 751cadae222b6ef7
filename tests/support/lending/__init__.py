"""Tools that the place lends: the example of a feature, which the suite adds to the house."""
