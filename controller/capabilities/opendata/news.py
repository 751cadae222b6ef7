"""What this feature tells of, through the outbox."""

from controller.kernel.news import News


class OpenDataNews(News, frozen=True, kw_only=True):
    """What a site publishes."""

    FEATURE = "opendata"
    WHAT = "open_data"
