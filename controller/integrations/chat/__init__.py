"""Chat: sends alarms to people through the chat services that Apprise supports."""
