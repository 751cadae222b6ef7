"""The sample migration."""
