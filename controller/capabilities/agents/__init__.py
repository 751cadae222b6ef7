"""Agents: their enrolment, health and revocation; the certificate authority and the broker."""

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
