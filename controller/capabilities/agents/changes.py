"""What happens to agents that other features must act upon, in the same transaction."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentMoves:
    """An agent is about to leave its site; a feature that needs it refuses with a Conflict."""

    agent_id: str
