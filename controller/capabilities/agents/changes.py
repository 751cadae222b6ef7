"""What happens to agents that other rooms must act upon, in the same transaction."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentMoves:
    """An agent is about to leave its site; a room that needs it there refuses with a Conflict."""

    agent_id: str
