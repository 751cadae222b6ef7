"""The till: a day's payments by means, what the drawer should hold, and what is handed over."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger, months
from controller.capabilities.billing.cents import ZERO, Cents
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import CashHandover, PaymentRow, TillDay
from controller.capabilities.billing.news import MoneyNews
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_WRITE
from controller.capabilities.billing.shapes import CountTill, NewHandover
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.names import names_of
from controller.kernel.outbox import tell
from controller.wire.ids import uuid7

SHOWN = 5
"""Handovers on the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Cash that was handed over."""

    at: Utc
    amount_cents: Cents
    reference: str | None
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """A day of the journal, and the drawer as it should be."""

    day: date
    means: dict[Means, tuple[int, Cents]]
    """How many, and how much."""
    float_cents: Cents
    expected_cents: Cents
    """The amount that the drawer should hold."""
    closed: TillDay | None
    """Once it is."""
    later_cents: Cents
    """Taken since it was closed, by any means: it counts in the next one."""
    handovers: tuple[Handover, ...]

    @property
    def cash_cents(self) -> Cents:
        """What can be handed over, as the float stays; less than nothing: the float is short."""
        return Cents(self.expected_cents - self.float_cents)


def read(db: Session, site_id: str, day: date, *, actor: Actor) -> Till:
    """The till on a day. Raises Forbidden."""
    actor.require(MONEY_READ, site_id)
    rows = db.execute(
        select(PaymentRow.means, func.count(), func.sum(PaymentRow.amount_cents))
        .where(PaymentRow.site_id == site_id, PaymentRow.day == day)
        .group_by(PaymentRow.means)
    )
    means = {kind: (count, Cents(int(total))) for kind, count, total in rows}
    later = select(func.sum(PaymentRow.amount_cents)).where(
        PaymentRow.site_id == site_id, PaymentRow.day > day
    )
    return Till(
        day=day,
        means=means,
        float_cents=_float(db, site_id),
        expected_cents=_drawer(db, site_id),
        closed=db.get(TillDay, (site_id, day)),
        later_cents=Cents(int(db.scalar(later) or 0)),
        handovers=_handovers(db, site_id),
    )


def open_day(db: Session, site_id: str, day: date) -> date:
    """The day, or the first after it whose till is not closed."""
    closed = select(func.max(TillDay.day)).where(TillDay.site_id == site_id)
    last = db.scalar(closed)
    return day if last is None or last < day else last + timedelta(days=1)


def close_day(db: Session, site_id: str, new: CountTill, *, actor: Actor, now: Utc) -> Cents:
    """Count the drawer and close the day; the difference, which needs a reason.

    Raises Forbidden, Conflict, Invalid.
    """
    actor.require(MONEY_WRITE, site_id)
    ledger.lock(db, site_id)
    day = months.day_of(now, months.zone_of(db, site_id))
    if db.get(TillDay, (site_id, day)) is not None:
        raise Conflict("the till of today is closed")
    expected = _drawer(db, site_id)
    difference = Cents(new.counted_cents - expected)
    if difference and new.reason is None:
        raise Invalid.of("reason", f"{difference} cents of difference: say why")
    row = TillDay(
        site_id=site_id,
        day=day,
        float_cents=Cents(new.float_cents),
        expected_cents=expected,
        counted_cents=Cents(new.counted_cents),
        closed_at=now,
        closed_by=actor.ref,
        reason=new.reason,
    )
    db.add(row)
    db.flush()
    said = {"day": day.isoformat(), "difference_cents": difference}
    subject = f"site:{site_id}"
    audit.record(db, actor, now, "till_closed", subject, site_id, reason=new.reason, **said)
    tell(db, MoneyNews(site=site_id))
    return difference


def hand_over(db: Session, site_id: str, new: NewHandover, *, actor: Actor, now: Utc) -> None:
    """Cash leaves the till. Raises Forbidden; Invalid for more than there is."""
    actor.require(MONEY_WRITE, site_id)
    ledger.lock(db, site_id)
    if new.amount_cents > _drawer(db, site_id) - _float(db, site_id):
        raise Invalid.of("amount_cents", "more than there is beyond the float")
    row = CashHandover(
        id=uuid7(),
        site_id=site_id,
        at=now,
        amount_cents=Cents(new.amount_cents),
        reference=new.reference,
        by=actor.ref,
    )
    db.add(row)
    db.flush()
    said = {"cents": new.amount_cents}
    audit.record(db, actor, now, "cash_handed_over", f"site:{site_id}", site_id, **said)
    tell(db, MoneyNews(site=site_id))


def _float(db: Session, site_id: str) -> Cents:
    """What is to stay in the drawer, as it was said when it was last counted."""
    last = select(TillDay.float_cents).where(TillDay.site_id == site_id)
    return db.scalar(last.order_by(TillDay.day.desc()).limit(1)) or ZERO


def _drawer(db: Session, site_id: str) -> Cents:
    """What was counted last, and what came and went since: each count takes up its difference."""
    taken = select(func.sum(PaymentRow.amount_cents)).where(
        PaymentRow.site_id == site_id, PaymentRow.means == Means.CASH
    )
    gone = select(func.sum(CashHandover.amount_cents)).where(CashHandover.site_id == site_id)
    off = select(func.sum(TillDay.counted_cents - TillDay.expected_cents)).where(
        TillDay.site_id == site_id
    )
    came, found, left = (int(db.scalar(query) or 0) for query in (taken, off, gone))
    return Cents(came + found - left)


def _handovers(db: Session, site_id: str) -> tuple[Handover, ...]:
    rows = db.scalars(
        select(CashHandover)
        .where(CashHandover.site_id == site_id)
        .order_by(CashHandover.id.desc())
        .limit(SHOWN)
    ).all()
    names = names_of(db, {row.by for row in rows})
    return tuple(
        Handover(
            at=row.at, amount_cents=row.amount_cents, reference=row.reference, by=names.get(row.by)
        )
        for row in rows
    )
