"""Files of members: imported from a page."""
