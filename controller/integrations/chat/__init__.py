"""Chat: alarms wake people through whatever they use, by Apprise."""
