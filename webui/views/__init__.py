"""What each page shows, as frozen values from services; templates only lay them out."""
