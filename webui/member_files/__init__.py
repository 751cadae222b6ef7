"""Pages that import members from files."""
