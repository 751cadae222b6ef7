"""Changes of groups: those to which other features react at once, and news in the outbox."""

from dataclasses import dataclass

from controller.capabilities.groups.models import GroupRow
from controller.domain.time import Utc
from controller.kernel.news import News

# News that this feature publishes through the outbox.


class GroupNews(News, frozen=True, kw_only=True):
    """A group of visitors was added, changed or ended."""

    FEATURE = "groups"
    WHAT = "group"


class WindowNews(News, frozen=True, kw_only=True):
    """A supervision window opened or closed."""

    FEATURE = "groups"
    WHAT = "window"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged:
    """A group was changed, possibly its number of people."""

    group: GroupRow
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEnded:
    """A group has left and returned its badge."""

    group: GroupRow
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRefused:
    """An agent reported an open supervision window that the controller does not accept."""

    event_id: str
    site: str
    agent: str
    access_point: str | None
    zone_id: str
    reason: str
    at: Utc
