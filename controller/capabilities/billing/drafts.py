"""The draft of the next tariff: which prices change, and what effect that would have."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger, months, sources
from controller.capabilities.billing.calculation import Source, Tariff, calculate
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.courses import Courses
from controller.capabilities.billing.kinds import SourceKind
from controller.capabilities.billing.models import ChargeRow, MoneyEntry, TariffDraft
from controller.capabilities.billing.permissions import MONEY_WRITE
from controller.capabilities.billing.rates import (
    ArticleRate,
    MachineRate,
    PassRate,
    Rate,
    SubscriptionRate,
    ZoneRate,
)
from controller.capabilities.billing.tariffs import key_of
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.models import PassRow, SubscriptionRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.jsontypes import to_json

_ALWAYS = date.min


def with_rate(rates: Sequence[Rate], new: Rate) -> tuple[Rate, ...]:
    """Return the rates with `new` in place of the rate for the same thing, or added to them."""
    keys = [key_of(rate) for rate in rates]
    if key_of(new) not in keys:
        return (*rates, new)
    return tuple(new if key_of(rate) == key_of(new) else rate for rate in rates)


def of_site(db: Session, site_id: str, *, actor: Actor) -> tuple[Rate, ...]:
    """Return the rates of the draft. Raises Forbidden."""
    actor.require(MONEY_WRITE, site_id)
    row = db.get(TariffDraft, site_id)
    return ledger.rates_of(row) if row else ()


def changed_at(db: Session, site_id: str) -> str:
    """Return when the draft was last changed, as text; empty: there is none."""
    row = db.get(TariffDraft, site_id)
    return row.changed_at.text() if row else ""


def put(db: Session, site_id: str, rates: Sequence[Rate], *, actor: Actor, now: Utc) -> None:
    """Save the rates as the draft; an empty list deletes it. Raises Forbidden."""
    actor.require(MONEY_WRITE, site_id)
    row = db.get(TariffDraft, site_id) or TariffDraft(site_id=site_id)
    row.rates, row.changed_by, row.changed_at = to_json(list(rates)), actor.ref, now
    if rates:
        db.add(row)
    elif row in db:
        db.delete(row)
    db.flush()


def thing_of(rate: Rate) -> tuple[SourceKind, str]:
    """Return the kind and the id that charges have for the item of this rate."""
    match rate:
        case MachineRate():
            return SourceKind.SESSION, rate.access_point
        case ZoneRate():
            return SourceKind.BOOKING, rate.zone_id
        case PassRate():
            return SourceKind.PASS, rate.plan_id
        case SubscriptionRate():
            return SourceKind.SUBSCRIPTION, rate.plan_id
        case ArticleRate():
            return SourceKind.ENTRY, rate.id


def effect(
    db: Session, site_id: str, month: str, old: Sequence[Rate], new: Rate, *, actor: Actor
) -> tuple[Cents, Cents]:
    """Return a month's revenue of the priced thing, by the old rates and by the new one.

    Calculated by the same rules as charges, for everybody. Raises Forbidden.
    """
    actor.require(MONEY_WRITE, site_id)
    kind, thing = thing_of(new)
    people = (
        _sessions(db, site_id, month, thing)
        if kind is SourceKind.SESSION
        else _uses(db, site_id, month, kind, thing)
    )
    return _total(people, old), _total(people, with_rate(old, new))


def _total(people: dict[str, list[Source]], rates: Sequence[Rate]) -> Cents:
    tariff = Tariff(id="", valid_from=_ALWAYS, rates=tuple(rates))
    lines = (line for person in people.values() for line in calculate(person, [tariff]))
    return Cents(sum(line.amount_cents for line in lines))


def _sessions(db: Session, site_id: str, month: str, point: str) -> dict[str, list[Source]]:
    zone = months.zone_of(db, site_id)
    start, end = months.bounds(month, zone)
    rows = db.execute(
        select(*SessionRow.__table__.c).where(
            SessionRow.access_point_id == point,
            SessionRow.site_id == site_id,
            SessionRow.started_at >= start,
            SessionRow.started_at < end,
            sources.IS_CHARGED,
            SessionRow.member_ref.is_not(None),
        )
    ).all()
    plans = sources.plans_of(db, site_id, {row.member_ref for row in rows})
    session_courses = Courses.of(db, rows)
    uses: dict[str, list[Source]] = defaultdict(list)
    for row in rows:
        source = sources.session(row, zone, plans[row.member_ref], session_courses)
        uses[row.member_ref].append(source)
    return uses


def _uses(
    db: Session, site_id: str, month: str, kind: SourceKind, thing: str
) -> dict[str, list[Source]]:
    """Return the uses of an item with a fixed price, by member reference.

    Free uses count too. Uses of erased members are taken from their charges.
    """
    start, end = months.bounds(month, months.zone_of(db, site_id))
    model, what, at = _USES[kind]
    users = select(model.member_id).where(what == thing, at >= start, at < end)
    rows = db.execute(select(MemberRow.ref, MemberRow.id).where(MemberRow.id.in_(users)))
    members = {row.ref: row.id for row in rows}
    people = {
        ref: [source for source in used if (source.kind, source.thing) == (kind, thing)]
        for ref, used in sources.read(db, site_id, month, {*members, ""}, members).items()
    }
    ids = {source.id for used in people.values() for source in used}
    charged_uses = _uses_from_charges(db, site_id, month, kind, thing)
    return people | {key: used for key, used in charged_uses.items() if key not in ids}


_USES: dict[SourceKind, tuple[Any, Any, Any]] = {
    SourceKind.BOOKING: (BookingRow, BookingRow.zone_id, BookingRow.starts_at),
    SourceKind.PASS: (PassRow, PassRow.plan_id, PassRow.valid_from),
    SourceKind.SUBSCRIPTION: (SubscriptionRow, SubscriptionRow.plan_id, SubscriptionRow.valid_from),
    SourceKind.ENTRY: (MoneyEntry, MoneyEntry.article, MoneyEntry.at),
}
"""Table, column of the priced thing, and column of the time, by kind."""


def _uses_from_charges(
    db: Session, site_id: str, month: str, kind: SourceKind, thing: str
) -> dict[str, list[Source]]:
    """Like `_uses`, from charges that are not cancelled."""
    rows = db.scalars(
        ledger.valid_charges().where(
            ChargeRow.site_id == site_id,
            ChargeRow.done_month == month,
            ChargeRow.source_kind == kind,
            ChargeRow.thing == thing,
        )
    )
    query = select(PassRow.id, PassRow.kind).where(PassRow.plan_id == thing)
    kinds = {row.id: row.kind.value for row in db.execute(query)} if kind is SourceKind.PASS else {}
    uses: dict[str, list[Source]] = defaultdict(list)
    at = months.bounds(month, months.zone_of(db, site_id))[0]
    for row in rows:
        fields: dict[str, Any] = {"kind": kind, "id": row.source_id, "thing": thing}
        uses[row.source_id].append(
            Source(
                **fields,
                at=at,
                day=row.day,
                quantity=row.quantity,
                pass_kind=kinds.get(row.source_id),
            )
        )
    return uses
