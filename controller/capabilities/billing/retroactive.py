"""Previews the effect of a tariff that begins on a day in the past."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from controller.capabilities.billing import book_updates, months, statements
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.permissions import MONEY_WRITE
from controller.capabilities.billing.shapes import Payer
from controller.capabilities.billing.statements import PayerMonth
from controller.domain.time import Utc
from controller.kernel.actor import Actor

Sums = Mapping[str, Mapping[PayerKey, PayerMonth]]
"""The totals of payers by month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedMonth:
    """A month whose statements a new tariff changes: how many, the totals before and after, and
    who has paid."""

    month: str
    statements: int
    before_cents: Cents
    after_cents: Cents
    paid: tuple[Payer, ...]


def changes(
    db: Session, site_id: str, since: date, *, actor: Actor, now: Utc
) -> tuple[ChangedMonth, ...]:
    """Return the effect of the tariff versions that this transaction has added, month by month.

    The charges are updated in a savepoint, which is then rolled back. Raises Forbidden.
    """
    actor.require(MONEY_WRITE, site_id)
    before = _sums(db, site_id, since, actor, now)
    with db.begin_nested() as savepoint:
        book_updates.derive_all(db, site_id, book_updates.units_since(db, site_id, since), now)
        after = _sums(db, site_id, since, actor, now)
        savepoint.rollback()
    changed_months = (_changed_month(month, before[month], after[month]) for month in after)
    return tuple(changed for changed in changed_months if changed.statements)


def _sums(db: Session, site_id: str, since: date, actor: Actor, now: Utc) -> Sums:
    sums = {}
    month, last = months.month_of(since), months.current_month(db, site_id, now)
    while month <= last:
        totals = statements.sums(db, site_id, month, actor=actor, now=now)
        sums[month] = {total.key: total for total in totals}
        month = months.month_after(month)
    return sums


def _changed_month(
    month: str, before: Mapping[PayerKey, PayerMonth], after: Mapping[PayerKey, PayerMonth]
) -> ChangedMonth:
    def total(months_of: Mapping[PayerKey, PayerMonth], key: PayerKey) -> int:
        return months_of[key].total_cents if key in months_of else 0

    keys = sorted(before.keys() | after.keys())
    changed = [key for key in keys if total(before, key) != total(after, key)]
    totals = {**before, **after}
    return ChangedMonth(
        month=month,
        statements=len(changed),
        before_cents=Cents(sum(payer_total.total_cents for payer_total in before.values())),
        after_cents=Cents(sum(payer_total.total_cents for payer_total in after.values())),
        paid=tuple(totals[key].payer for key in changed if totals[key].paid_cents > 0),
    )
