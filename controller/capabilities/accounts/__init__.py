"""Who signs in, with which role, and tokens for programs."""
