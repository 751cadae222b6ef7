"""What this room tells of, through the outbox."""

from controller.kernel.news import News


class PresenceNews(News, frozen=True, kw_only=True):
    """Who is in: not told of whom."""

    ROOM = "presence"
    WHAT = "presence"


class EvacuationNews(News, frozen=True, kw_only=True):
    """An evacuation or a drill."""

    ROOM = "presence"
    WHAT = "evacuation"
