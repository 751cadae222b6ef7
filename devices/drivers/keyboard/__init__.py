"""Drivers for readers that act as a keyboard."""
