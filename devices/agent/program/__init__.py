"""Programs that the controller sends: brought, unpacked, tried, kept or left again."""
