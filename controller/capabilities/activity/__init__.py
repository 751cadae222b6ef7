"""What happened at a site since somebody's last visit, ticked off once it has been seen."""
