"""What happens to groups: what other features act upon at once, and the news of it."""

from dataclasses import dataclass

from controller.capabilities.groups.models import GroupRow
from controller.domain.time import Utc
from controller.kernel.news import News

# News that this feature publishes through the outbox.


class GroupNews(News, frozen=True, kw_only=True):
    """A group of visitors."""

    FEATURE = "groups"
    WHAT = "group"


class WindowNews(News, frozen=True, kw_only=True):
    """A supervision window opened or closed."""

    FEATURE = "groups"
    WHAT = "window"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged:
    """Maybe it has more or fewer heads."""

    group: GroupRow
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEnded:
    """It has gone, and its badge is back."""

    group: GroupRow
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRefused:
    """An agent said that a supervision window is open, and it does not count."""

    event_id: str
    site: str
    agent: str
    access_point: str | None
    zone_id: str
    reason: str
    at: Utc
