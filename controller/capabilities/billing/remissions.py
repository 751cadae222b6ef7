"""What remissions take something off, and where they stand when that changes."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.billing import months
from controller.capabilities.billing.cents import ZERO, Cents
from controller.capabilities.billing.kinds import EntryKind, Why
from controller.capabilities.billing.models import ChargeRow, MoneyEntry
from controller.capabilities.members.models import MemberRow
from controller.policy.reading import chunks

Part = tuple[str, str | None, str | None, str | None]
"""A source, and who pays for it: person, organisation, project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemittedSource:
    """The source that a remission is of, its day, what its payer owes for it, and what was remitted
    of that before."""

    source_id: str
    day: date
    of: Cents
    before: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remission:
    """One that stands: its entry, what it remits of whom, the day of that, and how much."""

    id: str
    part: Part
    day: date
    cents: int


def of_entries(db: Session, entries: Iterable[MoneyEntry]) -> dict[str, RemittedSource]:
    """By the remission's id; each counts after those of the same payer that were made earlier."""
    sources = set(sources_of(db, {entry.article for entry in entries}).values())
    owed = _owed(db, sources)
    before: defaultdict[Part, int] = defaultdict(int)
    found = {}
    for remission in _all_of(db, sources):
        found[remission.id] = RemittedSource(
            source_id=remission.part[0],
            day=remission.day,
            of=owed.get(remission.part, ZERO),
            before=Cents(before[remission.part]),
        )
        before[remission.part] += remission.cents
    return found


def sources_of(db: Session, charge_ids: Collection[str]) -> dict[str, str]:
    """The sources of these charges, by the charge's id."""
    found: dict[str, str] = {}
    for some in chunks(sorted(charge_ids)):
        rows = select(ChargeRow.id, ChargeRow.source_id).where(ChargeRow.id.in_(some))
        found |= {row.id: row.source_id for row in db.execute(rows)}
    return found


def told_apart() -> tuple[type[ChargeRow], ColumnElement[bool]]:
    """What a charge takes back, to be joined where there is something, and whether the charge is a
    remission, or takes one back."""
    taken = aliased(ChargeRow)
    remits = or_(ChargeRow.why == Why.REMISSION, taken.why == Why.REMISSION)
    return taken, func.coalesce(remits, False)


def remitted_of(db: Session, source_id: str) -> Cents:
    """What is off a source by its remissions, as a positive amount."""
    remissions = [remission.id for remission in _all_of(db, {source_id})]
    total = select(func.sum(ChargeRow.amount_cents)).where(ChargeRow.source_id.in_(remissions))
    return Cents(-int(db.scalar(total) or 0))


def refs_of(db: Session, site_id: str, sources: Collection[str]) -> set[tuple[str, str]]:
    """Month and member reference of the remissions of these sources; the reference is empty for
    unnamed customers."""
    if not sources:
        return set()
    zone = months.zone_of(db, site_id)
    rows = db.execute(
        select(MemberRow.ref, MoneyEntry.at, ChargeRow.source_id)
        .select_from(MoneyEntry)
        .join(ChargeRow, ChargeRow.id == MoneyEntry.article)
        .outerjoin(MemberRow, MemberRow.id == MoneyEntry.member_id)
        .where(MoneyEntry.site_id == site_id, *_standing())
    )
    return {
        (months.month_of(months.day_of(at, zone)), ref or "")
        for ref, at, source in rows
        if source in sources
    }


def _standing() -> tuple[ColumnElement[bool], ...]:
    return MoneyEntry.kind == EntryKind.REMISSION, MoneyEntry.cancelled_at.is_(None)


def _all_of(db: Session, sources: Collection[str]) -> list[_Remission]:
    """Every remission of these sources, in the order in which they were made."""
    found = []
    for some in chunks(sorted(sources)):
        rows = (
            select(MoneyEntry, ChargeRow)
            .join(ChargeRow, ChargeRow.id == MoneyEntry.article)
            .where(ChargeRow.source_id.in_(some), *_standing())
        )
        found += [(entry, charge) for entry, charge in db.execute(rows)]
    return [
        _Remission(
            id=entry.id,
            part=(charge.source_id, entry.member_id, entry.organisation_id, entry.project_id),
            day=charge.day,
            cents=entry.remitted_cents or 0,
        )
        for entry, charge in sorted(found, key=lambda pair: (pair[0].at, pair[0].id))
    ]


def _owed(db: Session, sources: Collection[str]) -> dict[Part, Cents]:
    """What each payer owes for these sources, with what was taken back."""
    found: dict[Part, Cents] = {}
    whose = (ChargeRow.member_id, ChargeRow.organisation_id, ChargeRow.project_id)
    for some in chunks(sorted(sources)):
        rows = select(ChargeRow.source_id, *whose, func.sum(ChargeRow.amount_cents))
        mine = rows.where(ChargeRow.source_id.in_(some)).group_by(ChargeRow.source_id, *whose)
        for source, member, organisation, project, total in db.execute(mine):
            found[source, member, organisation, project] = Cents(int(total))
    return found
