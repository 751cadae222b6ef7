"""The journal: the agent's events, kept until the controller has acknowledged them."""
