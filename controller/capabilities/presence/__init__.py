"""Who is in, how full it is, and evacuations."""
