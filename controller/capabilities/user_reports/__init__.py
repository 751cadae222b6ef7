"""User reports (faults and needs), and handover notes between shifts."""

OFFERS = (
    "handover",
    "models.NeedState",
    "models.ToldKind",
    "models.ToldState",
    "models.UserReport",
    "needs",
    "shapes",
)
