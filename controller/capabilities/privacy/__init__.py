"""Privacy: erasure, retention, export of a person's data, and searches after an incident."""
