"""Coming from elsewhere: the pages of imports."""
