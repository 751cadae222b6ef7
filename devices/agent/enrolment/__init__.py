"""Who this agent is, and how it came to be."""
