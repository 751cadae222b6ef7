"""What happens to a member that other rooms must act upon, in the same transaction."""

from collections.abc import Collection
from dataclasses import dataclass

from controller.capabilities.members.models import MemberRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft:
    """All that opens, is booked, or is held ends. The last admin of a site can't leave."""

    member: MemberRow
    actor: Actor
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberUnknownAt:
    """A site knows them no longer."""

    member_id: str
    site_id: str
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisesOnly:
    """She may be answerable in these zones from now on, and in no others."""

    member: MemberRow
    zones: Collection[str]
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintainsChosen:
    """These access points of a site are to be hers to maintain; they must exist."""

    site_id: str
    access_points: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTakenBack:
    """They were made by mistake, just now: what was given to them goes with them."""

    member_id: str
