"""What somebody must see, who has taken it on, and when it is over."""

OFFERS = ("alarm_suppression", "alarms", "controller_alarms", "models.Alarm")
