"""Everything by one field: a badge, a person, a machine or a door."""
