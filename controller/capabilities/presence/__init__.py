"""Presence: who is in a zone now, how full zones were, and evacuations."""

OFFERS = (
    "changes",
    "in_sessions",
    "models.Occupancy",
    "models.PresenceRow",
    "occupancy",
    "presence",
    "shapes",
)
