"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class AlarmNews(News, frozen=True, kw_only=True):
    """An alarm was raised, taken, or is over."""

    FEATURE = "alarms"
    WHAT = "alarm"
