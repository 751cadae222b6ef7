"""Plans, subscriptions and passes: what a member may use, and when."""

OFFERS = (
    "changes",
    "corrections",
    "lengths",
    "models.PassKind",
    "models.PassRow",
    "models.PlanRow",
    "models.SubscriptionRow",
    "pass_days",
    "passes",
    "periods",
    "plans",
    "shapes",
    "subscriptions",
)
