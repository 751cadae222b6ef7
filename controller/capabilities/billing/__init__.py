"""What use costs: tariffs, charges, monthly statements, and payments noted here.

Loquet itself takes no money.
"""

OFFERS = (
    "models.ChargeRow",
    "models.MoneyEntry",
    "months",
    "rates",
    "remissions",
    "tariffs",
    "upcoming_charges",
)
