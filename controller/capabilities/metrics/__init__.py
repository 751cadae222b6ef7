"""Figures for Prometheus: what happened, how things stand, and nothing of anybody."""
