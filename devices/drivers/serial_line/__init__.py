"""Drivers for readers that send a number over a serial line."""
