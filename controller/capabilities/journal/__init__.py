"""What agents reported, for those in charge."""
