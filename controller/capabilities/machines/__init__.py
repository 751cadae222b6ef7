"""Access points: machines and doors, their rules, commissioning and commands."""

OFFERS = (
    "access_points",
    "changes",
    "commands",
    "commissioning",
    "device_commands",
    "kinds",
    "machine_names",
    "mistakes",
    "models.AccessPointRow",
    "models.CommandRow",
    "models.PointStateRow",
    "outages",
    "shapes",
)
