"""Who is in, how full it is, and evacuations."""

OFFERS = ("changes", "models.Occupancy", "models.PresenceRow", "occupancy", "presence", "shapes")
