"""What this feature tells of, through the outbox."""

from controller.kernel.news import News


class PresenceNews(News, frozen=True, kw_only=True):
    """Who is in: not told of whom."""

    FEATURE = "presence"
    WHAT = "presence"


class EvacuationNews(News, frozen=True, kw_only=True):
    """An evacuation or a drill."""

    FEATURE = "presence"
    WHAT = "evacuation"
