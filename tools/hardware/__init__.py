"""Generates the pages and pictures of docs/ that show hardware: `python -m tools.hardware`."""
