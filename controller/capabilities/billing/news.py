"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class TariffNews(News, frozen=True, kw_only=True):
    """A new version of the tariff; uses since its first day are calculated again."""

    FEATURE = "billing"
    WHAT = "tariff"


class LateUseNews(News, frozen=True, kw_only=True):
    """An event of a machine session arrived late; only billing needs this, not the pages."""

    FEATURE = "billing"
    WHAT = "late_use"


class MoneyNews(News, frozen=True, kw_only=True):
    """Charges, statements or payments of a site have changed."""

    FEATURE = "billing"
    WHAT = "money"
