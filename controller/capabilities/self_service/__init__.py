"""A member's own page: what is theirs, also at a terminal of the place by badge and code."""
