"""The audit log for people who read it, and the check that it was not altered."""
