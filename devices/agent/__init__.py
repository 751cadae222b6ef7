"""The agent, a program on a Pi: it decides on taps, switches outputs, and reports to the
controller."""
