"""Plans, subscriptions and passes: what a member may use, and when."""
