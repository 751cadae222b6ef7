"""Drivers for Shelly and Tasmota plugs."""
