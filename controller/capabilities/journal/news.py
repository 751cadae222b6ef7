"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class EventNews(News, frozen=True, kw_only=True):
    """Events that happened just now were stored: `key` is the agent."""

    FEATURE = "journal"
    WHAT = "event"
