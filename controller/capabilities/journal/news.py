"""What this room tells of, through the outbox."""

from controller.kernel.news import News


class EventNews(News, frozen=True, kw_only=True):
    """Events that happened just now were stored: `key` is the agent."""

    ROOM = "journal"
    WHAT = "event"
