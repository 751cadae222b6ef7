"""What the Live page shows of a site: machines, doors, agents, rooms and reservations."""

OFFERS = ("board", "reservations", "rooms")
