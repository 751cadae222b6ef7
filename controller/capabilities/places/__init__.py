"""Sites, their zones and schedules."""

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
