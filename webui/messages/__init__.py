"""The pages at which one stops messages."""
