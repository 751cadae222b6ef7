"""What people tell: faults, needs, and notes from one shift to the next."""

OFFERS = (
    "handover",
    "models.NeedState",
    "models.ToldKind",
    "models.ToldState",
    "models.UserReport",
    "needs",
    "shapes",
)
