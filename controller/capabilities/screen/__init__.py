"""The public screen of a place: free machines, how full the rooms are, and the next courses."""

OFFERS = ("addresses", "models.ScreenAddress")
