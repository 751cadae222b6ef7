"""The page of what happened since one was last here."""
