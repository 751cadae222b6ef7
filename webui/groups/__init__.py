"""API of groups of visitors and of supervision windows."""
