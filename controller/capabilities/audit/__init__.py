"""Who did what to whose rights, read by people; and whether nobody changed it since."""
