"""What the front desk works with: who is in, who is expected, what is lent, an unknown badge."""
