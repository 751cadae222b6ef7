"""Pages that explain how a browser or a phone comes to trust this site's certificate authority."""
