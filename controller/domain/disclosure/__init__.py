"""Rules for publishing counts of people so that no individual can be identified."""
