"""Keeps charges in line with the uses they are derived from.

A charge is never edited: if it is wrong, a counter-entry reverses it and a new one is added.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import msgspec
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.billing import courses, months, sources
from controller.capabilities.billing.calculation import Line, Source, Tariff, calculate
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import SourceKind, Why
from controller.capabilities.billing.models import (
    ChargeRow,
    MoneyEntry,
    MoneyNumber,
    TariffDraft,
    TariffRow,
)
from controller.capabilities.billing.news import MoneyNews
from controller.capabilities.billing.rates import Rate
from controller.capabilities.billing.sources import MemberMonth
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.models import PassRow, SubscriptionRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.first_use import prepare_for_threads
from controller.kernel.outbox import post_news
from controller.kernel.shapes import Shape
from controller.policy.reading import chunks
from controller.store.upsert import add_up
from controller.wire.ids import uuid7

LEDGER_LOCK = "ledger"
"""The name of the lock in `MoneyNumber`."""
Key = tuple[SourceKind, str]
"""Kind and id of a source."""


class Rates(Shape, frozen=True, kw_only=True):
    """The form in which rates are stored in their column."""

    rates: tuple[Rate, ...]


def lock(db: Session, site_id: str) -> None:
    """Lock the site's charges until the commit; waits for another writer."""
    add_up(db, MoneyNumber, {"site_id": site_id, "what": LEDGER_LOCK}, "last", 0)


def rates_of(row: TariffRow | TariffDraft) -> tuple[Rate, ...]:
    """Decode the rates of a tariff or a draft."""
    prepare_for_threads(Rates)
    return msgspec.convert({"rates": row.rates}, Rates).rates


def tariffs_of(db: Session, site_id: str) -> list[Tariff]:
    """Return all tariff versions of a site."""
    rows = db.scalars(select(TariffRow).where(TariffRow.site_id == site_id))
    return [
        Tariff(
            id=row.id,
            valid_from=row.valid_from,
            number=row.number,
            rates=rates_of(row),
            vat_permille=row.vat_permille,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Errors in a member's month: missing charges, and charges that should not be there.

    `is_in_doubt`: something differs, but the members of some of the month's machine sessions have
    been removed, and the cost of the other sessions depends on these.
    """

    unit: MemberMonth
    member_id: str | None
    missing: list[Line]
    wrong: list[ChargeRow]
    is_in_doubt: bool


def derive(
    db: Session,
    site_id: str,
    month: str,
    refs: Collection[str],
    tariffs: Sequence[Tariff],
    now: Utc,
) -> tuple[list[ChargeRow], list[MemberMonth]]:
    """Update a month of these people.

    Returns the new charges, none if all were right, and the months that are in doubt.
    """
    lock(db, site_id)
    differences = compare(db, site_id, month, refs, tariffs)
    closed = months.last_closed(db, site_id)
    wrong = {row.id: row for difference in differences for row in difference.wrong}
    new_rows = [_counter(row, closed, now) for row in wrong.values()]
    groups = set(db.scalars(select(GroupRow.ref).where(GroupRow.ref.in_(refs))))
    for difference in differences:
        # The event arrived after the member was erased. A group's own charges have no member, nor
        # have those at the counter, whose reference is empty.
        is_erased = difference.member_id is None and difference.unit.ref not in {"", *groups}
        for line in difference.missing:
            new_rows.append(_row(line, difference.unit, difference.member_id, closed, now))
            new_rows[-1].erased = is_erased
    _keep_erased(db, new_rows, wrong.values())
    db.add_all(new_rows)
    db.flush()
    if new_rows:
        post_news(db, MoneyNews(site=site_id))
    return new_rows, [difference.unit for difference in differences if difference.is_in_doubt]


def _keep_erased(db: Session, new_rows: Iterable[ChargeRow], wrong: Iterable[ChargeRow]) -> None:
    """Mark new charges as erased if they replace or remit a charge of an erased member, or are for
    a print that was reported only afterwards."""
    without_member = [row for row in new_rows if row.member_id is None and not row.erased]
    remitted_charges = {row.thing for row in without_member if row.why is Why.REMISSION}
    erased_ids = set(
        db.scalars(select(ChargeRow.id).where(ChargeRow.id.in_(remitted_charges), ChargeRow.erased))
    )
    replaced = {(row.source_kind, row.source_id) for row in wrong if row.erased}
    materials = courses.print_materials(db, {row.source_id for row in without_member})
    reported_late = {key for key, material in materials.items() if material.is_settled}
    for row in without_member:
        is_replaced = (row.source_kind, row.source_id) in replaced
        row.erased = is_replaced or row.thing in erased_ids or row.source_id in reported_late


def compare(
    db: Session, site_id: str, month: str, refs: Collection[str], tariffs: Sequence[Tariff]
) -> list[Difference]:
    """Return the differences of each person, with queries for all of them together.

    If the members of some machine sessions have been removed, the charges of the month's machine
    sessions stay as they are; everything else is derived (decision 0315).
    """
    members = sources.members_of(db, refs)
    sources_read = sources.read(db, site_id, month, refs, members)
    charges = _charges_by_member(db, site_id, month, sources_read, members)
    memberless = _sessions_without_member(db, charges.values())
    lines_by_member = {
        ref: {(line.kind, line.source_id): line for line in calculate(person_sources, tariffs)}
        for ref, person_sources in sources_read.items()
    }
    differing = {
        ref: _wrong_charges(db, charges[ref], lines, sources_read[ref])
        for ref, lines in lines_by_member.items()
    }
    wrong = {
        ref: [row for row in rows if not (memberless & charges[ref].keys() and _is_session(row))]
        for ref, rows in differing.items()
    }
    wrong_ids = {row.id for rows_of_member in wrong.values() for row in rows_of_member}
    return [
        Difference(
            unit=MemberMonth(site_id, month, ref),
            member_id=members.get(ref),
            missing=[
                line
                for key, line in lines.items()
                if (row := charges[ref].get(key)) is None or row.id in wrong_ids
            ],
            wrong=wrong[ref],
            is_in_doubt=bool(memberless & charges[ref].keys())
            and bool(differing[ref] or lines.keys() - charges[ref].keys()),
        )
        for ref, lines in lines_by_member.items()
    ]


def is_in_doubt(db: Session, unit: MemberMonth) -> bool:
    """Return whether this open month has charges of machine sessions whose member was removed.

    Then new uses in the month may cost more or less than they should.
    """
    charges_of_unit = (
        valid_charges()
        .join(MemberRow, MemberRow.id == ChargeRow.member_id)
        .where(MemberRow.ref == unit.ref, ChargeRow.site_id == unit.site_id)
        .where(ChargeRow.done_month == unit.month, ChargeRow.source_kind == SourceKind.SESSION)
    )
    if unit.month <= months.last_closed(db, unit.site_id):
        return False
    keys = {(row.source_kind, row.source_id) for row in db.scalars(charges_of_unit)}
    return bool(_sessions_without_member(db, [keys]))


def _wrong_charges(
    db: Session,
    charges: Mapping[Key, ChargeRow],
    lines: Mapping[Key, Line],
    person_sources: list[Source],
) -> list[ChargeRow]:
    """Return the charges that differ from what their source costs, or whose source is gone."""
    without_source = [row for key, row in charges.items() if key not in lines]
    kept_keys = _keys_to_keep(
        db, without_source, {(source.kind, source.id) for source in person_sources}
    )
    sold = {(source.kind, source.id) for source in person_sources if source.is_sold}
    kept_keys |= sold
    wrong = [row for row in without_source if (row.source_kind, row.source_id) not in kept_keys]
    settled = sold | {(source.kind, source.id) for source in person_sources if source.is_settled}
    return wrong + [
        row
        for key, row in charges.items()
        if key in lines and key not in settled and line_of(row) != lines[key]
    ]


@cache
def valid_charges() -> Select[ChargeRow]:
    """Query the charges that are not reversed, without counter-entries."""
    counter = aliased(ChargeRow)
    countered = select(counter.id).where(counter.counters_id == ChargeRow.id).exists()
    return select(ChargeRow).where(ChargeRow.counters_id.is_(None), ~countered)


def reversed_ids(db: Session, charge_ids: Collection[str]) -> set[str]:
    """Return which of these charges are reversed, on whatever statement."""
    ids: set[str] = set()
    for batch in chunks(sorted(charge_ids)):
        counters = select(ChargeRow.counters_id).where(ChargeRow.counters_id.in_(batch))
        ids.update(filter(None, db.scalars(counters)))
    return ids


def line_of(row: ChargeRow) -> Line:
    """Convert a charge to a line, for comparison."""
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


def _charges_by_member(
    db: Session,
    site_id: str,
    month: str,
    sources_read: sources.SourcesByMember,
    members: Mapping[str, str],
) -> dict[str, dict[Key, ChargeRow]]:
    """Return the valid charges of each person: of their sources, and in their month."""
    owner = {
        (source.kind, source.id): ref for ref, found in sources_read.items() for source in found
    }
    refs = {key: ref for ref, key in members.items()}
    at_counter = ChargeRow.member_id.is_(None) & (ChargeRow.source_kind == SourceKind.ENTRY)
    is_theirs = or_(ChargeRow.member_id.in_(refs), *([at_counter] if "" in sources_read else []))
    by_source = ChargeRow.source_id.in_({key for _kind, key in owner})
    in_month = is_theirs & (ChargeRow.done_month == month)
    rows = db.scalars(valid_charges().where(ChargeRow.site_id == site_id, or_(by_source, in_month)))
    charges: dict[str, dict[Key, ChargeRow]] = {ref: {} for ref in sources_read}
    for row in rows:
        key = row.source_kind, row.source_id
        owners = {owner[key]} if key in owner else set()
        if row.done_month == month:
            if row.member_id is not None:
                owners |= {refs[row.member_id]} if row.member_id in refs else set()
            elif row.source_kind is SourceKind.ENTRY and "" in sources_read:
                owners.add("")
        for ref in owners:
            charges[ref][key] = row
    return charges


def _is_session(row: ChargeRow) -> bool:
    return row.source_kind is SourceKind.SESSION


def _sessions_without_member(db: Session, charges: Iterable[Iterable[Key]]) -> set[Key]:
    """Return the machine sessions whose member has been removed, by retention for example."""
    ids = {key for keys in charges for kind, key in keys if kind is SourceKind.SESSION}
    with_member: set[str] = set()
    for keys in chunks(sorted(ids)):
        has_member = SessionRow.member_ref.is_not(None)
        with_member |= set(
            db.scalars(select(SessionRow.id).where(SessionRow.id.in_(keys), has_member))
        )
    return {(SourceKind.SESSION, key) for key in ids - with_member}


_MODELS = {
    SourceKind.BOOKING: BookingRow,
    SourceKind.PASS: PassRow,
    SourceKind.SUBSCRIPTION: SubscriptionRow,
    SourceKind.ENTRY: MoneyEntry,
}
_TAKEN_BACK = frozenset({SourceKind.PASS, SourceKind.SUBSCRIPTION})
"""Kinds of sources that are deleted when they were a mistake; others only by retention."""


def _keys_to_keep(
    db: Session, without_source: Iterable[ChargeRow], read_keys: set[Key]
) -> set[Key]:
    """Return the charges that stay, because their source was deleted but not cancelled."""
    unread = [
        charge
        for charge in without_source
        if (charge.source_kind, charge.source_id) not in read_keys
    ]
    keys = set()
    for charge in unread:
        model = _MODELS.get(charge.source_kind)
        is_there = model is None or db.get(model, charge.source_id) is not None
        if not is_there and charge.source_kind not in _TAKEN_BACK:
            keys.add((charge.source_kind, charge.source_id))
    return keys


def _row(line: Line, unit: MemberMonth, member_id: str | None, closed: str, now: Utc) -> ChargeRow:
    return ChargeRow(
        id=uuid7(),
        site_id=unit.site_id,
        month=months.open_month_for(unit.month, closed),
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
    amount, vat = Cents(-row.amount_cents), Cents(-row.vat_cents)
    reversed_line = replace(line_of(row), why=Why.COUNTER, amount_cents=amount, vat_cents=vat)
    counter = _row(
        reversed_line, MemberMonth(row.site_id, row.done_month, ""), row.member_id, closed, now
    )
    counter.erased = row.erased
    counter.month, counter.counters_id = months.open_month_for(row.month, closed), row.id
    return counter
