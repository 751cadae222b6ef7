"""API of print jobs."""
