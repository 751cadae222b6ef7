"""Webhooks by Standard Webhooks 1.0: other programs are told that something changed."""
