"""A page that shows each component of the pages in all its states; only in the demo."""
