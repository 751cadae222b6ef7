"""Machine sessions, and the report of use."""

OFFERS = (
    "booked_to",
    "material",
    "models.SessionRow",
    "models.UsageDay",
    "news",
    "report",
    "totals",
    "use_seconds",
)
