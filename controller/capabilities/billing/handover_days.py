"""The day to which each handover of cash belongs in the books."""

from collections import Counter, deque
from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing import months
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import CashHandover, PaymentRow, TillDay
from controller.domain.time import Utc

_Move = tuple[Utc, date, int]
"""When cash came in or was counted, the day on which it counts, and the amount in cents."""


def handover_days(db: Session, site_id: str) -> list[tuple[CashHandover, date]]:
    """Return all handovers of a site in their order, each with its day.

    That is the day on which it was made, or, for cash that was taken after that day's till was
    closed, the later day on which this cash counts: a till never hands over what it doesn't hold.
    Only what came before the handover decides, so that the day never changes.
    """
    zone = months.zone_of(db, site_id)
    rows = db.scalars(
        select(CashHandover).where(CashHandover.site_id == site_id).order_by(CashHandover.id)
    ).all()
    moves = deque(sorted(_moves(db, site_id)) if rows else ())
    handovers: list[tuple[CashHandover, date]] = []
    drawer, later = 0, Counter[date]()
    day = date.min
    for row in rows:
        while moves and moves[0][0] <= row.at:
            _at, counts_on, cents = moves.popleft()
            later[counts_on] += cents
        day = max(months.day_of(row.at, zone), day)
        drawer += _take_until(day, later)
        while drawer < row.amount_cents and later:
            day = min(later)
            drawer += later.pop(day)
        drawer -= row.amount_cents
        handovers.append((row, day))
    return handovers


def _take_until(day: date, later: Counter[date]) -> int:
    """Remove what counts on a day and before from `later`; return its sum."""
    return sum(later.pop(counts_on) for counts_on in sorted(later) if counts_on <= day)


def _moves(db: Session, site_id: str) -> Iterator[_Move]:
    is_cash = (PaymentRow.site_id == site_id, PaymentRow.means == Means.CASH)
    cash = select(PaymentRow.at, PaymentRow.day, PaymentRow.amount_cents).where(*is_cash)
    for at, day, cents in db.execute(cash):
        yield at, day, int(cents)
    for count in db.scalars(select(TillDay).where(TillDay.site_id == site_id)):
        yield count.closed_at, count.day, count.counted_cents - count.expected_cents
