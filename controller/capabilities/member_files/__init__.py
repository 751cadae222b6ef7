"""Members as a CSV file: imported and exported."""
