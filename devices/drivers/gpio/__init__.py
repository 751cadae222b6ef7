"""Drivers for the pins of a Raspberry Pi."""
