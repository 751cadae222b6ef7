"""Agents: enrolled, watched, revoked; the authority and the broker that they trust."""
