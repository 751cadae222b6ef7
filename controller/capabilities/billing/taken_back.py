"""What was taken back on a day: nothing of it stands in the till's sums, nor lies in the drawer."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing.models import PaymentRow
from controller.capabilities.billing.payments import shape
from controller.capabilities.billing.permissions import MONEY_READ
from controller.capabilities.billing.shapes import Payment
from controller.kernel.actor import Actor
from controller.kernel.names import names_of

AT_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A payment that takes another back."""

    payment: Payment
    by: str | None


def of_day(db: Session, site_id: str, day: date, *, actor: Actor) -> list[TakenBack]:
    """The latest first. Raises Forbidden."""
    actor.require(MONEY_READ, site_id)
    here = select(PaymentRow).where(
        PaymentRow.site_id == site_id, PaymentRow.day == day, PaymentRow.counters_id.is_not(None)
    )
    rows = db.scalars(here.order_by(PaymentRow.receipt.desc()).limit(AT_MOST)).all()
    names = names_of(db, {row.by for row in rows})
    return [TakenBack(payment=shape(row), by=names.get(row.by)) for row in rows]
