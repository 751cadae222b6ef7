"""What happened at a site since a person's last visit (page *Catch up*); people tick off the
rows."""
