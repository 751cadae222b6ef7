"""Retention: once a day, delete or anonymise what is no longer needed; totals stay the same."""
