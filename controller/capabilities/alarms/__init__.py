"""Alarms: things that somebody has to look at, who takes charge of them, and when they end."""

OFFERS = ("alarm_suppression", "alarms", "controller_alarms", "models.Alarm")
