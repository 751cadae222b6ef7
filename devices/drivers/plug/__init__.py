"""Shelly and Tasmota plugs."""
