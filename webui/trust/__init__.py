"""How a browser or a phone is made to trust this place: its authority, and where to put it."""
