"""What happens to groups that other features must act upon, in the same transaction."""

from dataclasses import dataclass

from controller.capabilities.groups.models import GroupRow
from controller.domain.time import Utc


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
