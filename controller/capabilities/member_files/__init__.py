"""Imports members from a CSV file, and exports them to one."""

OFFERS = ("already_here", "columns", "import_csv", "problems", "reading", "undo")
