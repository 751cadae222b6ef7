"""Checks a slot before booking: whether it can be booked, why not, and the nearest one that can."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from controller.capabilities.bookings import terms
from controller.capabilities.bookings.booking_rights import Rights, rights
from controller.capabilities.bookings.free import Span, free_spans, opening_hours, slots
from controller.capabilities.bookings.week import BookableThing, taken_spans
from controller.domain.access.decision import Decision, DenyReason
from controller.domain.facts import Site
from controller.domain.time import Utc
from controller.kernel.actor import Actor

SEARCH_DAYS = 14
"""For how many days before and after the requested day another slot is searched."""
TIME_INDEPENDENT = frozenset(
    {
        DenyReason.MEMBER_SUSPENDED,
        DenyReason.CERTIFICATION_MISSING,
        DenyReason.CERTIFICATION_SUSPENDED,
        DenyReason.DOCUMENT_MISSING,
    }
)
"""Denials that do not depend on the time, for which no other slot is searched."""


class Hindrance(StrEnum):
    """Why a slot can't be booked, in the order of the checks."""

    OVER = "over"
    TOO_LONG = "too_long"
    TOO_EARLY = "too_early"
    TAKEN = "taken"
    RIGHTS = "rights"
    """The member would have no access: see `Offer.denial`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRequest:
    """The requested machine or zone, the time, and the member."""

    thing: BookableThing
    starts_at: Utc
    ends_at: Utc
    member_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The result of the check; without a hindrance, the slot can be booked."""

    hindrance: Hindrance | None
    rights: Rights
    terms: terms.Terms
    denial: Decision | None = None
    """Why the member would have no access, even if the slot is taken."""
    nearest: Span | None = None
    """The nearest bookable slot of the same length within two weeks, if any."""


def check_offer(db: Session, site: Site, request: OfferRequest, *, actor: Actor, now: Utc) -> Offer:
    """Check a slot in the same way as booking does, without booking it."""
    bookable = request.thing
    zone = ZoneInfo(site.time_zone)
    day = request.starts_at.astimezone(zone).date()
    days = [day + timedelta(days=n) for n in range(-SEARCH_DAYS, SEARCH_DAYS + 1)]
    open_at = [span for day in days for span in opening_hours(site, day)]
    first = min((span[0] for span in open_at), default=request.starts_at)
    last = max((span[1] for span in open_at), default=request.ends_at)
    busy = taken_spans(
        db, bookable, site.id, min(first, request.starts_at), max(last, request.ends_at)
    )
    member_rights = rights(
        db,
        site.id,
        request.member_id,
        machine=bookable.id if bookable.is_machine else None,
        zone=None if bookable.is_machine else bookable.id,
        at=max(request.starts_at, now),
    )
    checker = _SlotChecker(
        request, member_rights, terms.terms_for(db, site.id, actor), busy, site.id, actor, now
    )
    hindrance, denial = checker.check(request.starts_at, request.ends_at)
    is_permanent = denial is not None and denial.reason in TIME_INDEPENDENT
    is_searched = hindrance is not None and not is_permanent
    near = checker.nearest(open_at) if is_searched else None
    return Offer(
        hindrance=hindrance, denial=denial, rights=member_rights, terms=checker.terms, nearest=near
    )


@dataclass(frozen=True, slots=True)
class _SlotChecker:
    """Everything needed to check slots, read once."""

    request: OfferRequest
    rights: Rights
    terms: terms.Terms
    busy: Sequence[Span]
    site_id: str
    actor: Actor
    now: Utc

    def check(self, start: Utc, end: Utc) -> tuple[Hindrance | None, Decision | None]:
        """Return the first hindrance of a slot, and the denial behind it, if any."""
        is_late = terms.began_too_long_ago(self.site_id, start, self.actor, self.now)
        if end <= self.now or is_late:
            return Hindrance.OVER, None
        if self.terms.too_long(start, end):
            return Hindrance.TOO_LONG, None
        if self.terms.too_early(start, self.now):
            return Hindrance.TOO_EARLY, None
        denial = self.rights.denial(max(start, self.now), end)
        if not _fits(start, end, self.busy, self.request.thing.places):
            return Hindrance.TAKEN, denial
        return (None if denial is None else Hindrance.RIGHTS), denial

    def nearest(self, open_at: Iterable[Span]) -> Span | None:
        """Return the nearest bookable slot of that length, or of the longest allowed."""
        duration = self.request.ends_at - self.request.starts_at
        duration = min(duration, self.terms.longest or duration)
        free = free_spans(open_at, self.busy, self.request.thing.places, self.now)
        near = sorted(slots(free, duration), key=lambda slot: abs(slot[0] - self.request.starts_at))
        return next((slot for slot in near if self.check(*slot)[0] is None), None)


def _fits(start: Utc, end: Utc, busy: Iterable[Span], places: int) -> bool:
    """Return whether a place is free during the whole time."""
    during = [(a, b) for a, b in busy if a < end and b > start]
    moments = [max(a, start) for a, _b in during]
    return max((sum(a <= at < b for a, b in during) for at in moments), default=0) < places
