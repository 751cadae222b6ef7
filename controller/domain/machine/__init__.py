"""The state machine of a machine's sessions."""
