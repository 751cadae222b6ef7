"""Import members from a CSV file, and export them to one."""

OFFERS = ("already_here", "columns", "import_csv", "problems", "reading", "undo")
