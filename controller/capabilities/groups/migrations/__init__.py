"""The schema's branch of this room."""
