"""Metrics for Prometheus: counts of events, and the state of the installation, without people."""
