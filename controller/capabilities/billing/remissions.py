"""Remissions: which charges they reduce, and which months to derive again when those change.

A remission is a `MoneyEntry` whose `article` is the id of the reduced charge. It is also a source
of its own: the charge derived from it has a negative amount, and the remission's id as `source_id`.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.billing import months
from controller.capabilities.billing.cents import ZERO, Cents
from controller.capabilities.billing.kinds import EntryKind, Why
from controller.capabilities.billing.models import ChargeRow, MoneyEntry
from controller.capabilities.members.models import MemberRow
from controller.policy.reading import chunks

SourcePayer = tuple[str, str | None, str | None, str | None]
"""A source and who pays for it: member, organisation, project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittedSource:
    """The source that a remission reduces."""

    source_id: str
    day: date
    owed: Cents
    remitted_before: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remission:
    """A remission that is not cancelled."""

    id: str
    """The id of its `MoneyEntry`."""
    reduced: SourcePayer
    day: date
    """The day of the reduced source."""
    cents: int


def of_entries(db: Session, entries: Iterable[MoneyEntry]) -> dict[str, RemittedSource]:
    """Return the reduced source of each of these remissions, by the remission's id.

    Earlier remissions for the same payer count first.
    """
    charge_ids = {entry.article for entry in entries}
    sources = set(sources_of(db, charge_ids).values())
    owed = _owed_by_payer(db, sources)
    before: defaultdict[SourcePayer, int] = defaultdict(int)
    sources_by_remission = {}
    for remission in _remissions_of(db, sources):
        sources_by_remission[remission.id] = RemittedSource(
            source_id=remission.reduced[0],
            day=remission.day,
            owed=owed.get(remission.reduced, ZERO),
            remitted_before=Cents(before[remission.reduced]),
        )
        before[remission.reduced] += remission.cents
    return sources_by_remission


def sources_of(db: Session, charge_ids: Collection[str]) -> dict[str, str]:
    """Return the sources of these charges, by the charge's id."""
    source_ids: dict[str, str] = {}
    for batch in chunks(sorted(charge_ids)):
        rows = select(ChargeRow.id, ChargeRow.source_id).where(ChargeRow.id.in_(batch))
        source_ids |= {row.id: row.source_id for row in db.execute(rows)}
    return source_ids


@cache
def reversed_charge() -> tuple[type[ChargeRow], ColumnElement[bool]]:
    """Return an alias of the reversed charge, for an outer join, and a condition.

    The condition holds if the charge is a remission or reverses one.
    """
    original = aliased(ChargeRow)
    remits = or_(ChargeRow.why == Why.REMISSION, original.why == Why.REMISSION)
    return original, func.coalesce(remits, False)


def remitted_of(db: Session, sources: Collection[str]) -> Counter[str]:
    """Return the total of each source's remissions over all months, as a positive amount."""
    source_of = {remission.id: remission.reduced[0] for remission in _remissions_of(db, sources)}
    sums = Counter[str]()
    for batch in chunks(sorted(source_of)):
        totals = select(ChargeRow.source_id, func.sum(ChargeRow.amount_cents).label("cents"))
        totals_of_batch = totals.where(ChargeRow.source_id.in_(batch)).group_by(ChargeRow.source_id)
        for row in db.execute(totals_of_batch):
            sums[source_of[row.source_id]] -= int(row.cents)
    return sums


def refs_of(db: Session, site_id: str, sources: Collection[str]) -> set[tuple[str, str]]:
    """Return month and member reference of the remissions of these sources.

    The reference is empty for unnamed customers.
    """
    if not sources:
        return set()
    zone = months.zone_of(db, site_id)
    rows = db.execute(
        select(MemberRow.ref, MoneyEntry.at, ChargeRow.source_id)
        .select_from(MoneyEntry)
        .join(ChargeRow, ChargeRow.id == MoneyEntry.article)
        .outerjoin(MemberRow, MemberRow.id == MoneyEntry.member_id)
        .where(MoneyEntry.site_id == site_id, *_is_valid_remission())
    )
    return {
        (months.month_of(months.day_of(at, zone)), ref or "")
        for ref, at, source in rows
        if source in sources
    }


def _is_valid_remission() -> tuple[ColumnElement[bool], ...]:
    return MoneyEntry.kind == EntryKind.REMISSION, MoneyEntry.cancelled_at.is_(None)


def _remissions_of(db: Session, sources: Collection[str]) -> list[_Remission]:
    """Return every remission of these sources, in the order in which they were made."""
    pairs = []
    for batch in chunks(sorted(sources)):
        rows = (
            select(MoneyEntry, ChargeRow)
            .join(ChargeRow, ChargeRow.id == MoneyEntry.article)
            .where(ChargeRow.source_id.in_(batch), *_is_valid_remission())
        )
        pairs += [(entry, charge) for entry, charge in db.execute(rows)]
    return [
        _Remission(
            id=entry.id,
            reduced=(charge.source_id, entry.member_id, entry.organisation_id, entry.project_id),
            day=charge.day,
            cents=entry.remitted_cents or 0,
        )
        for entry, charge in sorted(pairs, key=lambda pair: (pair[0].at, pair[0].id))
    ]


def _owed_by_payer(db: Session, sources: Collection[str]) -> dict[SourcePayer, Cents]:
    """Return what each payer owes for these sources, counter-entries included."""
    owed: dict[SourcePayer, Cents] = {}
    payer_columns = (ChargeRow.member_id, ChargeRow.organisation_id, ChargeRow.project_id)
    for batch in chunks(sorted(sources)):
        rows = select(ChargeRow.source_id, *payer_columns, func.sum(ChargeRow.amount_cents))
        rows_of_batch = rows.where(ChargeRow.source_id.in_(batch)).group_by(
            ChargeRow.source_id, *payer_columns
        )
        for source, member, organisation, project, total in db.execute(rows_of_batch):
            owed[source, member, organisation, project] = Cents(int(total))
    return owed
