"""Maintenance of machines: counters of use, tasks that fall due, and the log of what was done."""

OFFERS = ("models.MaintenanceDone", "models.MaintenanceRow")
