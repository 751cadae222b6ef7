"""OSDP readers."""
