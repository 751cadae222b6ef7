"""Everything that the Live page shows of a site."""

OFFERS = ("board", "reservations", "rooms")
