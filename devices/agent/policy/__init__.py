"""The agent's copy of its site's policy, signed by the hub."""
