"""Settings: a card for each part, with how it stands."""
