"""Indicators that speak."""
