"""Programs that the controller sends: downloaded, unpacked, tried, and kept or rolled back."""
