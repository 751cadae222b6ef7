"""Mail: what features write to people goes out by the place's SMTP server."""
