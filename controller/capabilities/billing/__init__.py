"""What use costs: tariffs, charges, statements, and payments that somebody else has taken."""

OFFERS = ("models.ChargeRow", "months", "rates", "remissions", "tariffs")
