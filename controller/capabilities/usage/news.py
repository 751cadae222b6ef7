"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class SessionNews(News, frozen=True, kw_only=True):
    """A machine session has begun, changed or ended."""

    FEATURE = "usage"
    WHAT = "session"
