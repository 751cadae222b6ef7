"""Search by one field: it finds a badge, a person, a machine or a door."""
