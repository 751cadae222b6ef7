"""Readers that send a number over a serial line."""
