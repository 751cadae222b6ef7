"""What printers ask before they print, and what they report of it."""

OFFERS = ("changes", "models.Outcome")
