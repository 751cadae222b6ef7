"""What was taken back on a day: nothing of it stands in the till's sums, nor lies in the drawer."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.models import PaymentRow
from controller.capabilities.billing.payments import shape
from controller.capabilities.billing.permissions import MONEY_READ
from controller.capabilities.billing.shapes import Payment
from controller.kernel.actor import Actor
from controller.kernel.names import names_of

AT_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBackOnDay:
    """The highest amounts of a day, and how many there are in all."""

    highest: list["TakenBack"]
    count: int
    cents: Cents


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A payment that takes another back."""

    payment: Payment
    by: str | None


def of_day(db: Session, site_id: str, day: date, *, actor: Actor) -> TakenBackOnDay:
    """The highest amounts first, then the latest. Raises Forbidden."""
    actor.require(MONEY_READ, site_id)
    here = (
        PaymentRow.site_id == site_id,
        PaymentRow.day == day,
        PaymentRow.counters_id.is_not(None),
    )
    amount = PaymentRow.amount_cents
    order = (func.abs(amount).desc(), PaymentRow.receipt.desc())
    rows = db.scalars(select(PaymentRow).where(*here).order_by(*order).limit(AT_MOST)).all()
    count, cents = db.execute(select(func.count(), func.sum(amount)).where(*here)).one()
    names = names_of(db, {row.by for row in rows})
    return TakenBackOnDay(
        highest=[TakenBack(payment=shape(row), by=names.get(row.by)) for row in rows],
        count=count,
        cents=Cents(int(cents or 0)),
    )
