"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class MaintenanceNews(News, frozen=True, kw_only=True):
    """Something that is to be done at an access point again and again."""

    FEATURE = "maintenance"
    WHAT = "maintenance"
