"""What happens to agents: what other features act upon at once, and the news of it."""

from dataclasses import dataclass

from controller.kernel.news import News

# News that this feature publishes through the outbox.


class AgentNews(News, frozen=True, kw_only=True):
    """An agent: what it says of itself, or that it has fallen silent."""

    FEATURE = "agents"
    WHAT = "agent"


@dataclass(frozen=True, slots=True)
class AgentMoves:
    """An agent is about to leave its site; a feature that needs it refuses with a Conflict."""

    agent_id: str
