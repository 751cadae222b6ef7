"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class AgentNews(News, frozen=True, kw_only=True):
    """An agent: what it says of itself, or that it has fallen silent."""

    FEATURE = "agents"
    WHAT = "agent"
