"""What a place shows to everybody: free machines, how full it is, next courses."""

OFFERS = ("addresses", "models.ScreenAddress")
