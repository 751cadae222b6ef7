"""The pages of the audit, and of the search after an incident."""
