"""The front desk's page."""
