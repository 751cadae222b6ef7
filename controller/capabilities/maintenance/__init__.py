"""Maintenance: counters of use, what is due, what was done."""

OFFERS = ("models.MaintenanceDone", "models.MaintenanceRow")
