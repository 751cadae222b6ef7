"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class SafetyEntryNews(News, frozen=True, kw_only=True):
    """An entry of the safety register."""

    FEATURE = "safety_register"
    WHAT = "safety_entry"
