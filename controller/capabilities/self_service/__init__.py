"""Self-service: a member's own page, also at a terminal of the place by badge and code."""
