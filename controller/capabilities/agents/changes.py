"""Changes of agents: those to which other features react at once, and news in the outbox."""

from dataclasses import dataclass

from controller.kernel.news import News

# News that this feature publishes through the outbox.


class AgentNews(News, frozen=True, kw_only=True):
    """An agent has reported something about itself, or has fallen silent."""

    FEATURE = "agents"
    WHAT = "agent"


@dataclass(frozen=True, slots=True)
class AgentMoves:
    """An agent is about to leave its site; a feature that still needs it raises Conflict."""

    agent_id: str
