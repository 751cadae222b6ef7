"""Access points: machines and doors, their rules, commissioning and commands."""

OFFERS = (
    "access_points",
    "called",
    "changes",
    "commands",
    "commissioning",
    "device_commands",
    "kinds",
    "mistakes",
    "models.AccessPointRow",
    "models.CommandRow",
    "models.PointStateRow",
    "outages",
    "shapes",
)
