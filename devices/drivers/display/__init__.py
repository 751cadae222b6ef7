"""Indicators on a small screen."""
