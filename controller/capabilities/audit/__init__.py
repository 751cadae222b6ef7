"""The audit log for readers: who did what to whose rights, and the check that it was not
altered."""
