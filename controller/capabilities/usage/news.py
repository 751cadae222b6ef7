"""What this room tells of, through the outbox."""

from controller.kernel.news import News


class SessionNews(News, frozen=True, kw_only=True):
    """A machine session."""

    ROOM = "usage"
    WHAT = "session"
