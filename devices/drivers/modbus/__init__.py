"""Relays and meters on Modbus."""
