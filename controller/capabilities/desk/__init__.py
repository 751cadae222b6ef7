"""The front desk: people present, expected arrivals, lent badges, unknown badges."""
