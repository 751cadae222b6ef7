"""The events that agents reported: lists for people in charge, gaps, and personal data in them."""

OFFERS = ("events", "shapes", "traces")
