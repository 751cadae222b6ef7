"""Groups with one badge for all, and the supervision windows in which they may work."""

OFFERS = ("changes", "groups", "models.GroupRow", "models.WindowRow", "shapes")
