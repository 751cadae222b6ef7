"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class TariffNews(News, frozen=True, kw_only=True):
    """A new version of the tariff: what was done since it holds is reckoned again."""

    FEATURE = "billing"
    WHAT = "tariff"


class LateUseNews(News, frozen=True, kw_only=True):
    """A machine session of which something was told late: for the books alone, not for pages."""

    FEATURE = "billing"
    WHAT = "late_use"


class MoneyNews(News, frozen=True, kw_only=True):
    """Charges, statements or payments of a site."""

    FEATURE = "billing"
    WHAT = "money"
