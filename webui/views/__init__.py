"""What each page shows, as frozen values made from services' shapes; templates only lay them out."""
