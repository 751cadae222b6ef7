"""The answer to a wanted slot before booking: whether it is granted, why not, and the nearest
one that is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from controller.capabilities.bookings import terms
from controller.capabilities.bookings.booking_rights import Rights, rights
from controller.capabilities.bookings.free import Span, free, hours, slots
from controller.capabilities.bookings.week import Thing, taken_spans
from controller.domain.access.decision import Decision, DenyReason
from controller.domain.facts import Site
from controller.domain.time import Utc
from controller.kernel.actor import Actor

LOOK_DAYS = 14
"""How far from what was wanted another slot is looked for."""
WHENEVER = frozenset(
    {
        DenyReason.MEMBER_SUSPENDED,
        DenyReason.CERTIFICATION_MISSING,
        DenyReason.CERTIFICATION_SUSPENDED,
        DenyReason.DOCUMENT_MISSING,
    }
)
"""What is wanting at any hour: no other slot is looked for."""


class Hindrance(StrEnum):
    """Why a slot is not granted, in the order in which it is said."""

    OVER = "over"
    TOO_LONG = "too_long"
    TOO_EARLY = "too_early"
    TAKEN = "taken"
    RIGHTS = "rights"
    """Of the member: `decide()` says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRequest:
    """A thing, a time, and for whom."""

    thing: Thing
    starts_at: Utc
    ends_at: Utc
    member_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """No hindrance: it is granted."""

    hindrance: Hindrance | None
    rights: Rights
    terms: terms.Terms
    denial: Decision | None = None
    nearest: Span | None = None
    """The nearest slot as long that is granted, within two weeks; of what one may book."""


def offer(db: Session, site: Site, wanted: OfferRequest, *, actor: Actor, now: Utc) -> Offer:
    """Judge it as booking would, without booking."""
    thing = wanted.thing
    zone = ZoneInfo(site.time_zone)
    day = wanted.starts_at.astimezone(zone).date()
    days = [day + timedelta(days=n) for n in range(-LOOK_DAYS, LOOK_DAYS + 1)]
    open_at = [span for day in days for span in hours(site, day)]
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
    judge = _Judge(wanted, asked, terms.bind(db, site.id, actor), busy, now)
    hindrance, denial = judge.of(wanted.starts_at, wanted.ends_at)
    hopeless = denial is not None and denial.reason in WHENEVER
    near = judge.nearest(open_at) if hindrance is not None and not hopeless else None
    return Offer(hindrance=hindrance, denial=denial, rights=asked, terms=judge.terms, nearest=near)


@dataclass(frozen=True, slots=True)
class _Judge:
    """All that is asked of a slot, read once."""

    wanted: OfferRequest
    rights: Rights
    terms: terms.Terms
    busy: Sequence[Span]
    now: Utc

    def of(self, start: Utc, end: Utc) -> tuple[Hindrance | None, Decision | None]:
        """The first hindrance, and the denial behind it."""
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
        """Of all slots of that length, or of the longest one may book."""
        lasts = self.wanted.ends_at - self.wanted.starts_at
        lasts = min(lasts, self.terms.longest or lasts)
        left = free(open_at, self.busy, self.wanted.thing.places, self.now)
        near = sorted(slots(left, lasts), key=lambda slot: abs(slot[0] - self.wanted.starts_at))
        return next((choice for choice in near if self.of(*choice)[0] is None), None)


def _fits(start: Utc, end: Utc, busy: Iterable[Span], places: int) -> bool:
    """Whether fewer than all places are taken all along."""
    during = [(a, b) for a, b in busy if a < end and b > start]
    moments = [max(a, start) for a, _b in during]
    return max((sum(a <= at < b for a, b in during) for at in moments), default=0) < places
