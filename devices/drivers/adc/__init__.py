"""Current clamps on an analogue converter."""
