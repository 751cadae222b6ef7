"""News that this feature publishes through the outbox."""

from controller.kernel.news import News


class PresenceNews(News, frozen=True, kw_only=True):
    """Presence at a site changed; it does not say whose."""

    FEATURE = "presence"
    WHAT = "presence"


class EvacuationNews(News, frozen=True, kw_only=True):
    """An evacuation or a drill."""

    FEATURE = "presence"
    WHAT = "evacuation"
