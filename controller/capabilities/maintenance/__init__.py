"""Maintenance: counters of use, what is due, what was done."""
