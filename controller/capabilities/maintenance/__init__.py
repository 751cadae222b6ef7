"""Maintenance of machines: counters of use, tasks with due dates, and the log."""

OFFERS = ("models.MaintenanceDone", "models.MaintenanceRow")
