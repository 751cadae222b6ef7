"""The *Backups* page."""
