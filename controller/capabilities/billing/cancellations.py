"""Cancelled payments of some days, which the till's totals and cash do not include."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.billing.cents import ZERO, Cents
from controller.capabilities.billing.models import PaymentRow
from controller.capabilities.billing.payments import shape
from controller.capabilities.billing.permissions import MONEY_READ
from controller.capabilities.billing.shapes import Payment
from controller.kernel.actor import Actor
from controller.kernel.names import names_of

AT_MOST = 50
"""Maximum number of payments that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationsOfDays:
    """The highest cancelled payments of some days, with the number and sum of all.

    Cancelled refunds, whose amounts are positive, are counted apart.
    """

    highest: list["Cancellation"]
    count: int
    cents: Cents
    refund_count: int
    refund_cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """A payment that cancels another one."""

    payment: Payment
    by: str | None


def of_days(
    db: Session, site_id: str, since: date, until: date, *, actor: Actor
) -> CancellationsOfDays:
    """Return the cancelled payments, highest amounts first, then newest. Raises Forbidden."""
    actor.require(MONEY_READ, site_id)
    conditions = (
        PaymentRow.site_id == site_id,
        PaymentRow.day.between(since, until),
        PaymentRow.counters_id.is_not(None),
    )
    amount = PaymentRow.amount_cents
    order = (func.abs(amount).desc(), PaymentRow.receipt.desc())
    rows = db.scalars(select(PaymentRow).where(*conditions).order_by(*order).limit(AT_MOST)).all()
    is_refund = amount > 0
    sums = select(is_refund, func.count(), func.sum(amount)).where(*conditions).group_by(is_refund)
    totals = {bool(key): (number, Cents(int(cents))) for key, number, cents in db.execute(sums)}
    count, cents = totals.get(False, (0, ZERO))
    refund_count, refund_cents = totals.get(True, (0, ZERO))
    names = names_of(db, {row.by for row in rows})
    return CancellationsOfDays(
        highest=[Cancellation(payment=shape(row), by=names.get(row.by)) for row in rows],
        count=count,
        cents=cents,
        refund_count=refund_count,
        refund_cents=refund_cents,
    )
