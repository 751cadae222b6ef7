"""Makes the pages that start from what a display says, in French and in English."""
