"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class PointNews(News, frozen=True, kw_only=True):
    """An access point, or the state that its agent tells."""

    FEATURE = "machines"
    WHAT = "point"


class CommandNews(News, frozen=True, kw_only=True):
    """A command was asked for, or answered."""

    FEATURE = "machines"
    WHAT = "command"
