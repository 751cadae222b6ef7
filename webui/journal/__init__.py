"""The API of agents' events."""
