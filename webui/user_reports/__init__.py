"""Pages and API of user reports."""
