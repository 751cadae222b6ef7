"""The state machine of a door."""
