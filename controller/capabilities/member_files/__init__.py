"""Members as a CSV file: imported and exported."""

OFFERS = ("already_here", "columns", "import_csv", "problems", "reading", "undo")
