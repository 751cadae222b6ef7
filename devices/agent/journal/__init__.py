"""The journal: what happened, kept until it is acknowledged."""
