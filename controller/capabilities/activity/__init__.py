"""What happened since one was last here, ticked off by whoever has seen it."""
