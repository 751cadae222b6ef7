"""Drivers for OSDP readers and their lights."""
