"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class GroupNews(News, frozen=True, kw_only=True):
    """A group of visitors."""

    FEATURE = "groups"
    WHAT = "group"


class WindowNews(News, frozen=True, kw_only=True):
    """A supervision window opened or closed."""

    FEATURE = "groups"
    WHAT = "window"
