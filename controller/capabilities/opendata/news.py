"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class OpenDataNews(News, frozen=True, kw_only=True):
    """A site's published data changed."""

    FEATURE = "opendata"
    WHAT = "open_data"
