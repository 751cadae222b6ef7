"""Where backups go, when, and how they went: for the page, and for `loquet backup init`."""
