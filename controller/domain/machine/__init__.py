"""The machine session as a state machine."""
