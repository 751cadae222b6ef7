"""Webhooks by Standard Webhooks 1.0: notify other programs of changes."""
