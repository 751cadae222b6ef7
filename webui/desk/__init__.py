"""The page of the front desk."""
