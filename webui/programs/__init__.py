"""API through which agents fetch their programs."""
