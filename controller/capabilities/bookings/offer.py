"""Checks a wanted slot before booking: whether it can be booked, why not, and the nearest one."""

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

LOOK_DAYS = 14
"""How many days before and after the wanted day another slot is searched."""
TIME_INDEPENDENT = frozenset(
    {
        DenyReason.MEMBER_SUSPENDED,
        DenyReason.CERTIFICATION_MISSING,
        DenyReason.CERTIFICATION_SUSPENDED,
        DenyReason.DOCUMENT_MISSING,
    }
)
"""Denials that do not depend on the time, so that no other slot is searched."""


class Hindrance(StrEnum):
    """Why a slot can't be booked, in the order in which the reasons are checked."""

    OVER = "over"
    TOO_LONG = "too_long"
    TOO_EARLY = "too_early"
    TAKEN = "taken"
    RIGHTS = "rights"
    """The member would have no access; `Offer.denial` has the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRequest:
    """The wanted machine or zone, the time, and the member."""

    thing: BookableThing
    starts_at: Utc
    ends_at: Utc
    member_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The result of the check; without a hindrance the slot can be booked."""

    hindrance: Hindrance | None
    rights: Rights
    terms: terms.Terms
    denial: Decision | None = None
    nearest: Span | None = None
    """The nearest slot of the same length within two weeks that can be booked; None: none."""


def check_offer(db: Session, site: Site, wanted: OfferRequest, *, actor: Actor, now: Utc) -> Offer:
    """Check a slot in the same way as booking does, without booking it."""
    thing = wanted.thing
    zone = ZoneInfo(site.time_zone)
    day = wanted.starts_at.astimezone(zone).date()
    days = [day + timedelta(days=n) for n in range(-LOOK_DAYS, LOOK_DAYS + 1)]
    open_at = [span for day in days for span in opening_hours(site, day)]
    first = min((span[0] for span in open_at), default=wanted.starts_at)
    last = max((span[1] for span in open_at), default=wanted.ends_at)
    busy = taken_spans(db, thing, site.id, min(first, wanted.starts_at), max(last, wanted.ends_at))
    asked = rights(
        db,
        site.id,
        wanted.member_id,
        machine=thing.id if thing.is_machine else None,
        zone=None if thing.is_machine else thing.id,
        at=max(wanted.starts_at, now),
    )
    judge = _Judge(wanted, asked, terms.terms_for(db, site.id, actor), busy, now)
    hindrance, denial = judge.of(wanted.starts_at, wanted.ends_at)
    hopeless = denial is not None and denial.reason in TIME_INDEPENDENT
    near = judge.nearest(open_at) if hindrance is not None and not hopeless else None
    return Offer(hindrance=hindrance, denial=denial, rights=asked, terms=judge.terms, nearest=near)


@dataclass(frozen=True, slots=True)
class _Judge:
    """All data for checking slots, read once."""

    wanted: OfferRequest
    rights: Rights
    terms: terms.Terms
    busy: Sequence[Span]
    now: Utc

    def of(self, start: Utc, end: Utc) -> tuple[Hindrance | None, Decision | None]:
        """Return the first hindrance of a slot, and the denial behind it if there is one."""
        if end <= self.now:
            return Hindrance.OVER, None
        if self.terms.too_long(start, end):
            return Hindrance.TOO_LONG, None
        if self.terms.too_early(start, self.now):
            return Hindrance.TOO_EARLY, None
        if not _fits(start, end, self.busy, self.wanted.thing.places):
            return Hindrance.TAKEN, None
        denial = self.rights.denied(max(start, self.now), end)
        return (None if denial is None else Hindrance.RIGHTS), denial

    def nearest(self, open_at: Iterable[Span]) -> Span | None:
        """Return the nearest slot that can be booked, of that length or of the longest allowed."""
        lasts = self.wanted.ends_at - self.wanted.starts_at
        lasts = min(lasts, self.terms.longest or lasts)
        left = free_spans(open_at, self.busy, self.wanted.thing.places, self.now)
        near = sorted(slots(left, lasts), key=lambda slot: abs(slot[0] - self.wanted.starts_at))
        return next((choice for choice in near if self.of(*choice)[0] is None), None)


def _fits(start: Utc, end: Utc, busy: Iterable[Span], places: int) -> bool:
    """Whether a place is free during the whole time."""
    during = [(a, b) for a, b in busy if a < end and b > start]
    moments = [max(a, start) for a, _b in during]
    return max((sum(a <= at < b for a, b in during) for at in moments), default=0) < places
