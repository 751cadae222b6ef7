"""The page of whom alarms wake, and the one where an alarm is taken."""
