"""The schema's branch of this feature."""
