"""Charges kept in step with what they are derived from: what differs is countered, not edited."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.billing import months, sources
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.models import ChargeRow, MoneyEntry, MoneyNumber, TariffRow
from controller.capabilities.billing.news import MoneyNews
from controller.capabilities.billing.rates import Rate
from controller.capabilities.billing.reckoning import Line, Source, Tariff, reckon
from controller.capabilities.billing.sources import Unit
from controller.capabilities.billing.words import SourceKind, Why
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.plans.models import PassRow, SubscriptionRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.first_use import prepare
from controller.kernel.outbox import tell
from controller.kernel.shapes import Shape
from controller.store.upsert import add_up
from controller.wire.ids import uuid7

LEDGER = "ledger"
Key = tuple[SourceKind, str]


class Rates(Shape, frozen=True, kw_only=True):
    """How rates stand in their column."""

    rates: tuple[Rate, ...]


def lock(db: Session, site_id: str) -> None:
    """Whoever writes into a site's books waits here for who writes before, until the commit."""
    add_up(db, MoneyNumber, {"site_id": site_id, "what": LEDGER}, "last", 0)


def rates_of(row: TariffRow) -> tuple[Rate, ...]:
    """What a version says."""
    prepare(Rates)
    return msgspec.convert({"rates": row.rates}, Rates).rates


def tariffs_of(db: Session, site_id: str) -> list[Tariff]:
    """All versions of a site."""
    rows = db.scalars(select(TariffRow).where(TariffRow.site_id == site_id))
    return [
        Tariff(
            id=row.id, valid_from=row.valid_from, rates=rates_of(row), vat_permille=row.vat_permille
        )
        for row in rows
    ]


def derive(db: Session, unit: Unit, tariffs: Sequence[Tariff], now: Utc) -> int:
    """Bring a unit's charges in step; how many rows that took. Doing it again does nothing."""
    lock(db, unit.site_id)
    wanted, standing = compare(db, unit, tariffs)
    closed = months.last_closed(db, unit.site_id)
    member_id = sources.member_of(db, unit.ref)
    made = [_counter(row, closed, now) for row in standing]
    made += [_row(line, unit, member_id, closed, now) for line in wanted]
    db.add_all(made)
    db.flush()
    if made:
        tell(db, MoneyNews(site=unit.site_id))
    return len(made)


def compare(
    db: Session, unit: Unit, tariffs: Sequence[Tariff]
) -> tuple[list[Line], list[ChargeRow]]:
    """What should stand and does not, and what stands and should not."""
    found = sources.read(db, unit)
    lines = {(line.kind, line.source_id): line for line in reckon(found, tariffs)}
    standing = {(row.source_kind, row.source_id): row for row in _standing(db, unit, found)}
    if _is_past(db, standing):
        return [], []
    gone = [row for key, row in standing.items() if key not in lines]
    kept = _kept(db, gone, {(each.kind, each.id) for each in found})
    wrong = [row for row in gone if (row.source_kind, row.source_id) not in kept]
    wrong += [row for key, row in standing.items() if key in lines and line_of(row) != lines[key]]
    right = {key for key, row in standing.items() if key in lines and line_of(row) == lines[key]}
    return [line for key, line in lines.items() if key not in right], wrong


def is_standing() -> Select[ChargeRow]:
    """The charges that nothing takes back, and that take nothing back."""
    counter = aliased(ChargeRow)
    countered = select(counter.id).where(counter.counters_id == ChargeRow.id).exists()
    return select(ChargeRow).where(ChargeRow.counters_id.is_(None), ~countered)


def line_of(row: ChargeRow) -> Line:
    """What a charge says, to be compared."""
    return Line(
        kind=row.source_kind,
        source_id=row.source_id,
        day=row.day,
        thing=row.thing,
        why=row.why,
        tariff_id=row.tariff_id,
        quantity=row.quantity,
        steps=row.steps,
        unit_cents=row.unit_cents,
        amount_cents=row.amount_cents,
        vat_cents=row.vat_cents,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
    )


def _standing(db: Session, unit: Unit, found: Iterable[Source]) -> list[ChargeRow]:
    by_source = ChargeRow.source_id.in_({each.id for each in found})
    member_id = sources.member_of(db, unit.ref)
    at_counter = and_(ChargeRow.member_id.is_(None), ChargeRow.source_kind == SourceKind.ENTRY)
    whose = at_counter if not unit.ref else ChargeRow.member_id == (member_id or "")
    theirs = and_(whose, ChargeRow.done_month == unit.month)
    here = is_standing().where(ChargeRow.site_id == unit.site_id, or_(by_source, theirs))
    return list(db.scalars(here))


def _is_past(db: Session, standing: Iterable[Key]) -> bool:
    """Whether retention has taken who used a machine: then nothing can be derived again."""
    ids = {key for kind, key in standing if kind is SourceKind.SESSION}
    known = select(SessionRow.id).where(SessionRow.id.in_(ids), SessionRow.member_ref.is_not(None))
    return bool(ids) and len(ids) > len(db.scalars(known).all())


_MODELS = {
    SourceKind.BOOKING: BookingRow,
    SourceKind.PASS: PassRow,
    SourceKind.SUBSCRIPTION: SubscriptionRow,
    SourceKind.ENTRY: MoneyEntry,
}
_TAKEN_BACK = frozenset({SourceKind.PASS, SourceKind.SUBSCRIPTION})
"""Are deleted when they were a mistake; others are deleted when their time is over."""


def _kept(db: Session, gone: Iterable[ChargeRow], read: set[Key]) -> set[Key]:
    """Charges whose source is no longer there for other reasons than that it was taken back."""
    missing = [each for each in gone if (each.source_kind, each.source_id) not in read]
    kept = set()
    for each in missing:
        model = _MODELS.get(each.source_kind)
        is_there = model is None or db.get(model, each.source_id) is not None
        if not is_there and each.source_kind not in _TAKEN_BACK:
            kept.add((each.source_kind, each.source_id))
    return kept


def _row(line: Line, unit: Unit, member_id: str | None, closed: str, now: Utc) -> ChargeRow:
    return ChargeRow(
        id=uuid7(),
        site_id=unit.site_id,
        month=months.open_for(unit.month, closed),
        done_month=unit.month,
        day=line.day,
        member_id=member_id,
        organisation_id=line.organisation_id,
        project_id=line.project_id,
        source_kind=line.kind,
        source_id=line.source_id,
        thing=line.thing,
        tariff_id=line.tariff_id,
        why=line.why,
        quantity=line.quantity,
        steps=line.steps,
        unit_cents=line.unit_cents,
        amount_cents=line.amount_cents,
        vat_cents=line.vat_cents,
        counters_id=None,
        made_at=now,
        statement_id=None,
    )


def _counter(row: ChargeRow, closed: str, now: Utc) -> ChargeRow:
    return ChargeRow(
        id=uuid7(),
        site_id=row.site_id,
        month=months.open_for(row.month, closed),
        done_month=row.done_month,
        day=row.day,
        member_id=row.member_id,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        source_kind=row.source_kind,
        source_id=row.source_id,
        thing=row.thing,
        tariff_id=row.tariff_id,
        why=Why.COUNTER,
        quantity=row.quantity,
        steps=row.steps,
        unit_cents=row.unit_cents,
        amount_cents=Cents(-row.amount_cents),
        vat_cents=Cents(-row.vat_cents),
        counters_id=row.id,
        made_at=now,
        statement_id=None,
    )
