"""A member's own page, and the terminals at which it opens by badge and code."""
