"""The checks of `loquet doctor`, by the role of this computer."""
