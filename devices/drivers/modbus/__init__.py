"""Drivers for relays, meters and strikes on Modbus."""
