"""Calculates everything again and compares it with what is stored, for `loquet money check`."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import book_updates, books, ledger, providers
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.entries import KindTotal, Line, of_statement
from controller.capabilities.billing.models import (
    ChargeRow,
    ClosedMonth,
    PaymentRow,
    StatementRow,
    TariffRow,
)
from controller.capabilities.billing.statements import number_of
from controller.policy.reading import chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What a check of a site's books has found."""

    units: int
    """How many months of members were calculated again."""
    different: list[str]
    """The charges that differ: month and source."""
    statements_wrong: list[str]
    """Frozen statements and closed months that are not the sum of their charges."""
    numbers_missing: list[str]
    unbalanced: list[str]
    """Entries whose debits and credits differ."""
    debit_cents: int
    credit_cents: int

    @property
    def is_right(self) -> bool:
        """Whether no difference was found."""
        faults = (self.different, self.statements_wrong, self.numbers_missing, self.unbalanced)
        return self.debit_cents == self.credit_cents and not any(faults)


def check(
    db: Session, site_id: str, progress: Callable[[int, int], None] = lambda done, total: None
) -> CheckResult:
    """Calculate every month of everybody again, without changing anything.

    `progress` is called with the number of months that are done and of all.
    """
    units, different = _recalculate(db, site_id, progress)
    lines = list(_lines_without_statement(db, site_id))
    unbalanced = []
    for year in books.years(db, site_id):
        for number, entry in books.since_new_year(db, site_id, date(year, 12, 31)):
            if sum(line.debit - line.credit for line in entry.lines):
                unbalanced.append(f"{entry.journal.value[0]} {year} {number}")
            lines += entry.lines
    return CheckResult(
        units=units,
        different=different,
        statements_wrong=[*_statements(db, site_id), *_months(db, site_id)],
        numbers_missing=list(_numbers(db, site_id)),
        unbalanced=unbalanced,
        debit_cents=sum(line.debit for line in lines),
        credit_cents=sum(line.credit for line in lines),
    )


def _recalculate(
    db: Session, site_id: str, progress: Callable[[int, int], None]
) -> tuple[int, list[str]]:
    tariffs = ledger.tariffs_of(db, site_id)
    valid_from = db.scalars(select(TariffRow.valid_from).where(TariffRow.site_id == site_id))
    first = min(valid_from, default=None)
    units = book_updates.units_since(db, site_id, first) if first else set()
    different, done_count = set(), 0
    for month, refs in book_updates.by_month(units).items():
        for batch in chunks(refs, book_updates.UNITS_AT_ONCE):
            for difference in ledger.compare(db, site_id, month, batch, tariffs):
                missing = {(line.kind, line.source_id) for line in difference.missing}
                wrong = {(charge.source_kind, charge.source_id) for charge in difference.wrong}
                different |= {f"{month} {kind} {key}" for kind, key in missing | wrong}
            done_count += len(batch)
            progress(done_count, len(units))
    return len(units), sorted(different)


def _lines_without_statement(db: Session, site_id: str) -> list[Line]:
    """Return entry lines of charges that are not on a statement yet, as they would be booked."""
    rows = db.execute(
        select(
            ChargeRow.source_kind, func.sum(ChargeRow.amount_cents), func.sum(ChargeRow.vat_cents)
        )
        .where(ChargeRow.site_id == site_id, ChargeRow.statement_id.is_(None))
        .group_by(ChargeRow.source_kind)
    )
    totals = [
        KindTotal(kind, False, Cents(int(amount)), Cents(int(tax))) for kind, amount, tax in rows
    ]
    return of_statement(providers.accounts(db, site_id), totals, ("", ""))


def _statements(db: Session, site_id: str) -> Iterator[str]:
    """Yield numbers of statements that are not the sum of their charges."""
    sums = func.sum(ChargeRow.amount_cents), func.sum(ChargeRow.vat_cents)
    rows = db.execute(
        select(StatementRow, *sums)
        .outerjoin(ChargeRow, ChargeRow.statement_id == StatementRow.id)
        .where(StatementRow.site_id == site_id)
        .group_by(StatementRow.id)
        .order_by(StatementRow.month, StatementRow.number)
    )
    for row, total, vat in rows:
        if (int(total or 0), int(vat or 0)) != (row.total_cents, row.vat_cents):
            yield number_of(row.month, row.number)


def _months(db: Session, site_id: str) -> Iterator[str]:
    """Yield closed months that are not the sum of their statements, or have charges on none."""
    of_statements = _statement_totals_by_month(db, site_id)
    loose = select(ChargeRow.month, func.count()).where(
        ChargeRow.site_id == site_id, ChargeRow.statement_id.is_(None)
    )
    open_ = {month for month, _count in db.execute(loose.group_by(ChargeRow.month))}
    for row in db.scalars(select(ClosedMonth).where(ClosedMonth.site_id == site_id)):
        if row.month in open_ or of_statements[row.month] != row.total_cents:
            yield row.month


def _statement_totals_by_month(db: Session, site_id: str) -> defaultdict[str, int]:
    rows = db.execute(
        select(StatementRow.month, func.sum(StatementRow.total_cents))
        .where(StatementRow.site_id == site_id)
        .group_by(StatementRow.month)
    )
    return defaultdict(int, {key: int(total) for key, total in rows})


def _numbers(db: Session, site_id: str) -> Iterator[str]:
    """Yield missing numbers: of statements in a month, and of receipts in a year."""
    numbers = db.execute(
        select(StatementRow.month, StatementRow.number).where(StatementRow.site_id == site_id)
    )
    for month, number in _missing_numbers((str(key), number) for key, number in numbers):
        yield number_of(month, number)
    receipts = db.execute(
        select(PaymentRow.year, PaymentRow.receipt).where(PaymentRow.site_id == site_id)
    )
    for year, number in _missing_numbers((str(key), number) for key, number in receipts):
        yield f"{year}-{number:06d}"


def _missing_numbers(numbers: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    numbers_by_key: defaultdict[str, set[int]] = defaultdict(set)
    for key, number in numbers:
        numbers_by_key[key].add(number)
    for key, present in sorted(numbers_by_key.items()):
        yield from ((key, number) for number in range(1, max(present)) if number not in present)
