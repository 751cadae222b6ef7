"""The destination, the time and the results of backups, for the page and `loquet backup init`."""
