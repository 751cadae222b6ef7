"""What is still owed, over all months."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import payers
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.models import ChargeRow, PaymentRow
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.permissions import MONEY_READ
from controller.kernel.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOwed:
    """What is still owed of a month, and on how many statements."""

    month: str
    statements: int
    cents: Cents


def by_month(db: Session, site_id: str, *, actor: Actor) -> list[MonthOwed]:
    """Return the months of which something is owed, the oldest first. Raises Forbidden.

    What one payer overpaid is not deducted from what another one owes.
    """
    actor.require(MONEY_READ, site_id)
    left: defaultdict[tuple[str, PayerKey], int] = defaultdict(int)
    for model, sign in ((ChargeRow, 1), (PaymentRow, -1)):
        whose = payers.columns(model)
        sums = select(model.month, *whose, func.sum(model.amount_cents).label("cents"))
        here = sums.where(model.site_id == site_id).group_by(model.month, *whose)
        for row in db.execute(here):
            left[row.month, PayerKey.of(row)] += sign * int(row.cents)
    owed: defaultdict[str, list[int]] = defaultdict(list)
    for (month, _payer), cents in left.items():
        if cents > 0:
            owed[month].append(cents)
    return [
        MonthOwed(month=month, statements=len(amounts), cents=Cents(sum(amounts)))
        for month, amounts in sorted(owed.items())
    ]
