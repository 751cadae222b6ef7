"""What happens to a member: what other features act upon at once, and the news of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, Forbidden
from controller.kernel.news import News
from controller.kernel.outbox import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft:
    """All that opens, is booked, or is held ends. The last admin of a site can't leave."""

    member: MemberRow
    actor: Actor
    now: Utc
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberMerged:
    """Two records were of one person: the other is about to go, and its rows to be the kept one's.

    A feature puts together what its tables have once a person, or raises MergeRefused while that
    can't be done; all other rows move by what is decided of their columns (`PersonalDataRule`).
    """

    kept: MemberRow
    gone: MemberRow
    actor: Actor
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged:
    """The name, the e-mail address or the telephone number of a member has changed."""

    member: MemberRow
    old_name: str
    old_email: str | None
    actor: Actor
    now: Utc


class NeedsAdmin(Forbidden):
    """The person's account has a staff role, and only an admin of that site may do this."""

    def __init__(self, site_id: str) -> None:
        super().__init__(f"this person is staff at {site_id}: only an admin of that site may do it")


class NotMerged(StrEnum):
    """What has to be settled before two records can be merged."""

    SAME = "same"
    ONESELF = "oneself"
    """Members can't merge another record into their own."""
    SIGN_INS = "sign_ins"
    """Both sign in."""
    STAFF = "staff"
    """One of the two accounts has a role that the actor may not give."""
    MACHINE = "machine"
    """The one that goes uses a machine."""
    WINDOW = "window"
    """The one that goes is answerable for others at this moment."""
    EVACUATION = "evacuation"
    ELSEWHERE = "elsewhere"
    """A site knows the one that goes at which the actor gives no rights."""


class MergeRefused(Conflict):
    """They can't be merged now."""

    def __init__(self, why: NotMerged) -> None:
        super().__init__(f"these two can't be merged: {why}")
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberUnknownAt:
    """A site knows them no longer."""

    member_id: str
    site_id: str
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipsEnded:
    """They are no longer members of these: what they use from now on is not on their bill."""

    member_id: str
    organisations: Collection[str]
    projects: Collection[str]
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisesOnly:
    """The member may supervise in these zones from now on, and in no others."""

    member: MemberRow
    zones: Collection[str]
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintainsChosen:
    """Set the access points of a site that the member maintains; they must exist."""

    site_id: str
    access_points: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTakenBack:
    """They were made by mistake, just now: what was given to them goes with them."""

    member_id: str


# News that this feature publishes through the outbox.


class MemberNews(News, frozen=True, kw_only=True):
    """A member, or what they may do: `key` is the member's id."""

    FEATURE = "members"
    WHAT = "member"


def tell_sites(db: Session, member_id: str, sites: Iterable[str]) -> None:
    """A member's change that counts at each of these sites: the books of each follow their own."""
    for site_id in sorted(set(sites)):
        tell(db, MemberNews(site=site_id, key=member_id))
