"""A member's own page, and the terminals that open it by badge and code."""
