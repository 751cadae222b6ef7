"""Agents: enrolled, watched, revoked; the authority and the broker that they trust."""

OFFERS = (
    "agents",
    "changes",
    "claims",
    "models.AgentAway",
    "models.AgentRow",
    "models.AgentState",
    "models.ClaimCode",
    "shapes",
)
