"""Pins of the Raspberry Pi."""
