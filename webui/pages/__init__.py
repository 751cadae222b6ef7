"""One blueprint for each family of pages."""
