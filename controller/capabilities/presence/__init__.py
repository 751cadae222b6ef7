"""Presence: who is in a zone now, how full zones were, and evacuations."""

OFFERS = ("changes", "models.Occupancy", "models.PresenceRow", "occupancy", "presence", "shapes")
