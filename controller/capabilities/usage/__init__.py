"""Machine sessions, and reports and totals made from them."""

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
