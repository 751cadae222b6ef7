"""Alarms: what somebody must look at, who has taken it, and when it ended."""

OFFERS = ("alarm_suppression", "alarms", "controller_alarms", "models.Alarm")
