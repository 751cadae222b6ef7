"""Changes to members that other features react to in the same transaction, and published news."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, Forbidden
from controller.kernel.news import News
from controller.kernel.outbox import post_news


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft:
    """A member is leaving: access, bookings and loans end. Refused for a site's last admin."""

    member: MemberRow
    actor: Actor
    now: Utc
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberMerged:
    """Two records of one person are being merged: `gone` is about to be deleted, its rows move to
    `kept`.

    A feature merges the rows of its tables with one row per person, or raises MergeRefused. All
    other rows move according to the `PersonalDataRule` of their table.
    """

    kept: MemberRow
    gone: MemberRow
    actor: Actor
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged:
    """The name, e-mail address or telephone number of a member has changed."""

    member: MemberRow
    old_name: str
    old_email: str | None
    actor: Actor
    now: Utc


class AlreadyLeft(Conflict):
    """Raised when something is about to be given, sold or planned for a member who has left."""

    def __init__(self) -> None:
        super().__init__("this person has left: set their status to active first")


def check_not_left(member: MemberRow) -> None:
    """Raise AlreadyLeft if the member has left."""
    if member.status is MemberStatus.LEFT:
        raise AlreadyLeft


class NeedsAdmin(Forbidden):
    """Raised when the member's account has a staff role, so that only an admin of that site may do
    this."""

    def __init__(self, site_id: str) -> None:
        super().__init__(f"this person is staff at {site_id}: only an admin of that site may do it")


class MergeObstacle(StrEnum):
    """What keeps two records from being merged now."""

    SAME = "same"
    """Both are the same record."""
    ONESELF = "oneself"
    """One of them is the actor's own."""
    TWO_ACCOUNTS = "two_accounts"
    """Both have an account."""
    STAFF = "staff"
    """One of the accounts has a role that the actor may not give."""
    MACHINE = "machine"
    """The record to be deleted is using a machine."""
    WINDOW = "window"
    """The record to be deleted is supervising others now."""
    EVACUATION = "evacuation"
    """An evacuation is in progress."""
    ELSEWHERE = "elsewhere"
    """The record to be deleted is known at a site where the actor may not grant rights."""


class MergeRefused(Conflict):
    """Raised if two records can't be merged now; `why` is the reason."""

    def __init__(self, why: MergeObstacle) -> None:
        super().__init__(f"these two can't be merged: {why}")
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemovedFromSite:
    """A member is no longer known at a site."""

    member_id: str
    site_id: str
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipsEnded:
    """A member has left organisations or projects, to which their use is no longer billed."""

    member_id: str
    organisations: Collection[str]
    projects: Collection[str]
    actor: Actor
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipsBegan:
    """A member has joined organisations or projects, perhaps again."""

    member_id: str
    organisations: Collection[str]
    projects: Collection[str]
    actor: Actor
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisedZonesChanged:
    """From now on, the member may only supervise in these zones."""

    member: MemberRow
    zones: Collection[str]
    now: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintainedPointsChanged:
    """Somebody is setting the access points that a member maintains; a reaction checks that they
    exist."""

    site_id: str
    access_points: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberTakenBack:
    """A member who was created by mistake is being deleted, with their badges and rights."""

    member_id: str


# News that this feature publishes through the outbox.


class MemberNews(News, frozen=True, kw_only=True):
    """A member or their rights have changed: `key` is the member's id."""

    FEATURE = "members"
    WHAT = "member"


def post_news_at_sites(db: Session, member_id: str, sites: Iterable[str]) -> None:
    """Publish a member's change at each of these sites, since each site has its own news."""
    for site_id in sorted(set(sites)):
        post_news(db, MemberNews(site=site_id, key=member_id))
