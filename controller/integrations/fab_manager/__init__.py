"""fab-manager: what its open API has is brought here."""
