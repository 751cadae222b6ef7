"""Sites, their zones and their schedules."""

OFFERS = (
    "changes",
    "days",
    "models.PresenceEnd",
    "models.ScheduleRow",
    "models.SiteRow",
    "models.ZoneRow",
    "schedules",
    "shapes",
    "sites",
    "zones",
)
