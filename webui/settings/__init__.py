"""The settings page: a card for each part, with its state."""
