"""The address that Prometheus reads."""
