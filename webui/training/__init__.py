"""Pages and API of training."""
