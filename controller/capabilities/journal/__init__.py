"""What agents reported, for those in charge."""

OFFERS = ("events", "shapes", "traces")
