"""The price of a room's booking under the current tariff and the member's plans."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger, months, sources
from controller.capabilities.billing.calculation import Source, calculate, room_rate, tariff_on
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import SourceKind
from controller.capabilities.billing.rates import ZoneRate
from controller.capabilities.members.models import MemberRow
from controller.domain.time import Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPrice:
    """What a booking of a room costs."""

    rate: ZoneRate
    amount_cents: Cents


def of_booking(
    db: Session, site_id: str, room: str, member_id: str | None, start: Utc, end: Utc, *, now: Utc
) -> RoomPrice | None:
    """Return the price of a booking, by the same rules as its charge; None: the room has none.

    Without a member, the price for people without a plan. Needs no permission, since prices are
    public.
    """
    versions = ledger.tariffs_of(db, site_id)
    day = months.day_of(start, months.zone_of(db, site_id))
    # like the charge, which uses the plans from the time of booking on
    plans = _plans(db, site_id, member_id, max(start, now), end)
    tariff = tariff_on(versions, day)
    rate = room_rate(tariff.rates if tariff else (), room, plans)
    if rate is None:
        return None
    source = Source(
        kind=SourceKind.BOOKING,
        id="",
        at=start,
        day=day,
        thing=room,
        plans=plans,
        quantity=sources.started_minutes(start, end),
    )
    total = sum(line.amount_cents for line in calculate([source], versions))
    return RoomPrice(rate=rate, amount_cents=Cents(total))


def _plans(
    db: Session, site_id: str, member_id: str | None, start: Utc, end: Utc
) -> frozenset[str]:
    member = db.get(MemberRow, member_id) if member_id else None
    if member is None:
        return frozenset()
    return sources.plans_of(db, site_id, [member.ref])[member.ref].throughout(start, end)
