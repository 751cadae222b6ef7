"""Files of other programs, read in a process of their own within hard limits."""
