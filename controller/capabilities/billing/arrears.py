"""Amounts that are still owed, over all months; charges and payments of each payer by month."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.billing import months, payers, upcoming_charges
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import EntryKind, SourceKind
from controller.capabilities.billing.models import ChargeRow, MoneyEntry, PaymentRow
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.permissions import MONEY_READ
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.read_memo import memoise
from controller.policy.reading import chunks

SetOffs = Mapping[tuple[PayerKey, str], int]
"""By payer and month: what a credit of another month pays of this one, in cents; negative: what
this month's credit pays of others."""

_Remitted = tuple[str, str, int]
"""The month in which a remission is a credit, the month of the charge that it reduces, and the
amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOwed:
    """What is still owed of a month, or will be, and on how many statements."""

    month: str
    statements: int
    cents: Cents
    is_upcoming: bool
    """Whether it is not owed yet: for a month to come, or for bookings that have not begun."""


def by_month(db: Session, site_id: str, *, actor: Actor, now: Utc) -> list[MonthOwed]:
    """Return the months for which something is owed, oldest first. Raises Forbidden.

    What is not owed yet stands apart, in the current month too. A payer's credit is deducted from
    their own closed months (0312), but not from another payer's debt.
    """
    current = months.current_month(db, site_id, now)
    amounts: defaultdict[tuple[str, bool], list[int]] = defaultdict(list)
    for _payer, month, left, upcoming in _months_left(db, site_id, actor, now):
        later = max(0, left) if month > current else upcoming
        for is_upcoming, cents in ((False, left - later), (True, later)):
            if cents > 0:
                amounts[month, is_upcoming].append(cents)
    return [
        MonthOwed(
            month=month, statements=len(cents), cents=Cents(sum(cents)), is_upcoming=is_upcoming
        )
        for (month, is_upcoming), cents in sorted(amounts.items())
    ]


@dataclass(frozen=True, slots=True)
class Debt:
    """What a payer still owes, and the oldest month of which something is owed."""

    cents: int
    oldest: str


def by_organisation(db: Session, site_id: str, *, actor: Actor, now: Utc) -> dict[str, Debt]:
    """Return what each organisation still owes, up to this month. Raises Forbidden."""
    current = months.current_month(db, site_id, now)
    owed: dict[str, Debt] = {}
    for payer, month, left, upcoming in _months_left(db, site_id, actor, now):
        key, cents = payer.organisation_id, left - upcoming
        if key and month <= current and cents > 0:
            before = owed.get(key, Debt(0, month))
            owed[key] = Debt(before.cents + cents, min(before.oldest, month))
    return owed


def _months_left(
    db: Session, site_id: str, actor: Actor, now: Utc
) -> Iterator[tuple[PayerKey, str, int, int]]:
    """Yield what is left of each payer's months after credits were set off, and how much of it is
    for upcoming bookings."""
    actor.require(MONEY_READ, site_id)
    span = _span(db, site_id, now)
    credits = _remitted(db, site_id)
    upcoming = upcoming_charges.by_payer(db, site_id, now)
    for payer, cents_by_month in _owed_by_month(db, site_id).items():
        for month, cents in list(_set_off(payer, cents_by_month, span, credits[payer])):
            cents_by_month[month] -= cents
        for month, left in cents_by_month.items():
            charged = upcoming.get((payer, month), 0)
            yield payer, month, left, upcoming_charges.unpaid_part(left, charged)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfPayer:
    """What a payer was charged for a month, and what they paid for it."""

    month: str
    by_kind: dict[SourceKind, int]
    paid_cents: int
    paid_on: date | None
    """The day of the last payment."""
    set_off_cents: int
    """What a credit of another month pays of it; negative: what its credit pays of others."""
    upcoming_cents: int
    """The part of what is left that is for bookings which have not begun."""

    @property
    def total_cents(self) -> int:
        """The sum of the charges."""
        return sum(self.by_kind.values())

    @property
    def left_cents(self) -> int:
        """The amount that is left to pay; negative if too much was paid."""
        return self.total_cents - self.paid_cents - self.set_off_cents

    @property
    def due_cents(self) -> int:
        """The amount that is owed now; negative if too much was paid."""
        return self.left_cents - self.upcoming_cents


def months_of(
    db: Session, site_id: str, payer: PayerKey, *, actor: Actor, now: Utc
) -> list[MonthOfPayer]:
    """Return the months of one payer, the last one first. Raises Forbidden."""
    actor.require(MONEY_READ, site_id)
    kinds: defaultdict[str, dict[SourceKind, int]] = defaultdict(dict)
    charges = (
        select(ChargeRow.month, ChargeRow.source_kind, func.sum(ChargeRow.amount_cents))
        .where(ChargeRow.site_id == site_id, payers.pays(ChargeRow, payer))
        .group_by(ChargeRow.month, ChargeRow.source_kind)
    )
    for month, kind, cents in db.execute(charges):
        kinds[month][kind] = int(cents)
    payments = (
        select(PaymentRow.month, func.sum(PaymentRow.amount_cents), func.max(PaymentRow.day))
        .where(PaymentRow.site_id == site_id, payers.pays(PaymentRow, payer))
        .group_by(PaymentRow.month)
    )
    paid = {month: (int(cents), day) for month, cents, day in db.execute(payments)}
    credits = set_offs(db, site_id, [payer], now)
    upcoming = upcoming_charges.of_payer(db, site_id, payer, now)
    months_of_payer = []
    for month in sorted({*kinds, *paid}, reverse=True):
        paid_cents, paid_on = paid.get(month, (0, None))
        set_off = credits.get((payer, month), 0)
        left = sum(kinds[month].values()) - paid_cents - set_off
        months_of_payer.append(
            MonthOfPayer(
                month=month,
                by_kind=kinds[month],
                paid_cents=paid_cents,
                paid_on=paid_on,
                set_off_cents=set_off,
                upcoming_cents=upcoming_charges.unpaid_part(left, upcoming.get(month, 0)),
            )
        )
    return months_of_payer


@dataclass(frozen=True, slots=True)
class _Span:
    """The months whose credits and debts meet."""

    closed: str
    """The last month that is closed: up to it, debts are paid. Empty: none is."""
    current: str
    """The current month: up to it, credits pay."""


def set_offs(db: Session, site_id: str, keys: Collection[PayerKey], now: Utc) -> SetOffs:
    """Return what credits of these payers pay of their closed months; months without are left
    out."""
    span = _span(db, site_id, now) if keys else _Span("", "")
    if not span.closed:
        return {}
    memo_key = ("set_offs", site_id, frozenset(keys), span)
    return memoise(db, memo_key, lambda: _read_set_offs(db, site_id, keys, span))


def _read_set_offs(db: Session, site_id: str, keys: Collection[PayerKey], span: _Span) -> SetOffs:
    set_off_cents: dict[tuple[PayerKey, str], int] = {}
    for batch in chunks(sorted(keys)):
        credits = _remitted(db, site_id, batch)
        for payer, cents_by_month in _owed_by_month(db, site_id, batch).items():
            for month, cents in _set_off(payer, cents_by_month, span, credits[payer]):
                set_off_cents[payer, month] = set_off_cents.get((payer, month), 0) + cents
    return set_off_cents


def _span(db: Session, site_id: str, now: Utc) -> _Span:
    return _Span(months.last_closed(db, site_id), months.current_month(db, site_id, now))


def _owed_by_month(
    db: Session, site_id: str, keys: Collection[PayerKey] = ()
) -> dict[PayerKey, dict[str, int]]:
    """Return the amount still owed for each month, by payer; `keys` empty: of all payers."""
    owed: defaultdict[PayerKey, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for model, sign in ((ChargeRow, 1), (PaymentRow, -1)):
        payer_columns = payers.columns(model)
        sums = select(model.month, *payer_columns, func.sum(model.amount_cents).label("cents"))
        sums_of_site = sums.where(model.site_id == site_id).group_by(model.month, *payer_columns)
        for row in db.execute(
            sums_of_site.where(_of_payers(model, keys)) if keys else sums_of_site
        ):
            if (payer := PayerKey.of(row)) in keys or not keys:
                owed[payer][row.month] += sign * int(row.cents)
    return owed


def _remitted(
    db: Session, site_id: str, keys: Collection[PayerKey] = ()
) -> defaultdict[PayerKey, list[_Remitted]]:
    """Return the remissions of other months' charges by payer: of all payers, or of these.

    Each with the month in which it is a credit, the month of the charge, and the amount.
    """
    rows = _remissions().where(ChargeRow.site_id == site_id)
    remitted: defaultdict[PayerKey, list[_Remitted]] = defaultdict(list)
    for row in db.execute(rows.where(_of_payers(ChargeRow, keys)) if keys else rows):
        if row.cents < 0:
            remitted[PayerKey.of(row)].append((row.month, row.charged, -int(row.cents)))
    return remitted


@cache
def _remissions() -> Select[Any]:
    charge, payer_columns = aliased(ChargeRow), payers.columns(ChargeRow)
    return (
        select(
            ChargeRow.month,
            charge.month.label("charged"),
            *payer_columns,
            func.sum(ChargeRow.amount_cents).label("cents"),
        )
        .join(MoneyEntry, MoneyEntry.id == ChargeRow.source_id)
        .join(charge, charge.id == MoneyEntry.article)
        .where(MoneyEntry.kind == EntryKind.REMISSION, ChargeRow.month > charge.month)
        .group_by(ChargeRow.month, charge.month, *payer_columns)
        .order_by(ChargeRow.month, charge.month)
    )


def _of_payers(model: Any, keys: Collection[PayerKey]) -> Any:
    """SQL condition: the row names one of these payers."""
    return or_(
        model.member_id.in_([key.id for key in keys if key.member_id]),
        model.organisation_id.in_([key.id for key in keys if key.organisation_id]),
        model.project_id.in_([key.id for key in keys if key.project_id]),
    )


def _set_off(
    payer: PayerKey, cents_by_month: Mapping[str, int], span: _Span, credits: Collection[_Remitted]
) -> Iterator[tuple[str, int]]:
    """Yield, for each credit and each closed month whose debt it pays, both months and amounts.

    A remission first pays the month whose charge it reduces; then the oldest credit pays the oldest
    debt. What was paid for a month to come pays that month only. A payer without an id stands for
    several people, so credits are not set off.
    """
    if not payer.id:
        return
    rest = {month: cents for month, cents in cents_by_month.items() if month <= span.current}
    for month, charged, cents in credits:
        paid = min(cents, rest.get(charged, 0)) if charged <= span.closed else 0
        if paid > 0 and month in rest:
            rest[charged] -= paid
            rest[month] += paid
            yield charged, paid
            yield month, -paid
    owed = {
        month: rest[month] for month in sorted(rest) if rest[month] > 0 and month <= span.closed
    }
    for month in sorted(rest):
        credit = max(0, -rest[month])
        for other, cents in owed.items():
            paid = min(credit, cents)
            if paid > 0:
                owed[other] -= paid
                credit -= paid
                yield other, paid
                yield month, -paid
