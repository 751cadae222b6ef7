"""The page of what was written to people, and of the mail server."""
