"""Mail: sends the features' messages to people through the site's SMTP server."""
