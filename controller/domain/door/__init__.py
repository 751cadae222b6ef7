"""The door as a state machine."""
