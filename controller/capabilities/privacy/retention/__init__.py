"""Retention: deletes or anonymises data once a day; totals stay the same."""
