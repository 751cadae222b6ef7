"""What use costs: tariffs, charges, statements, and payments that somebody else has taken."""
