"""Groups of visitors that share one badge, and the supervision windows in which they may work."""

OFFERS = ("changes", "groups", "models.GroupRow", "models.WindowRow", "shapes")
