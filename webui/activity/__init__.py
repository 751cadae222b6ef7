"""The *Catch up* page: what happened since somebody last looked."""
