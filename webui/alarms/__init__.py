"""Pages and API of alarms."""
