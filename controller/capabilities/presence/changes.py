"""Changes of presence to which other features react at once, and the news."""

from dataclasses import dataclass

from controller.domain.time import Utc
from controller.kernel.news import News

# News that this feature publishes through the outbox.


class PresenceNews(News, frozen=True, kw_only=True):
    """Presence at a site has changed; names nobody."""

    FEATURE = "presence"
    WHAT = "presence"


class EvacuationNews(News, frozen=True, kw_only=True):
    """An evacuation or a drill has started, changed or ended."""

    FEATURE = "presence"
    WHAT = "evacuation"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCheckedIn:
    """The desk checked a member in. For doors, there are events."""

    site_id: str
    member_ref: str
    at: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInUndone:
    """The desk undid a check-in."""

    site_id: str
    member_ref: str
    at: Utc
