"""The till: payments of some days, the cash that should be in it, its closing, and handovers."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import case, func, select
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
from controller.kernel.errors import Conflict, Invalid, NotFound, Stale
from controller.kernel.names import names_of
from controller.kernel.outbox import post_news
from controller.kernel.read_memo import memoise
from controller.wire.ids import uuid7

SHOWN = 5
"""How many of the latest handovers the page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A handover of cash to the treasurer; a negative amount cancels one."""

    id: str
    at: Utc
    amount_cents: Cents
    reference: str | None
    by: str | None
    may_be_taken_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """The payments of some days, and the cash that should be in the till now."""

    since: date
    day: date
    """The last day; also the first one, unless the days before it were not counted."""
    means: dict[Means, tuple[int, Cents]]
    """Number and total of payments, by means; one that cancels another takes it off the number."""
    float_cents: Cents
    """The float: cash that stays in the till."""
    expected_cents: Cents
    """The cash that should be in the till, the float included."""
    closed: TillDay | None
    """The count with which the day was closed; None: it is open."""
    version: str
    """Changes with every payment and every handover."""
    later: dict[Means, Cents]
    """Payments by means since the day was closed; they count on the next day."""
    handovers: tuple[Handover, ...]

    @property
    def cash_cents(self) -> Cents:
        """The cash that can be handed over while the float stays; negative: the float is short."""
        return Cents(self.expected_cents - self.float_cents)


def first_uncounted(db: Session, site_id: str, day: date) -> date:
    """Return the first day with payments since the till was counted before this day.

    Without any, or if the till was never counted, it is the day itself.
    """
    last_count = select(func.max(TillDay.day)).where(TillDay.site_id == site_id, TillDay.day < day)
    last = db.scalar(last_count)
    if last is None:
        return day
    first = select(func.min(PaymentRow.day)).where(
        PaymentRow.site_id == site_id, PaymentRow.day > last, PaymentRow.day < day
    )
    return db.scalar(first) or day


def till_of_day(
    db: Session, site_id: str, day: date, *, since: date | None = None, actor: Actor
) -> Till:
    """Return the till of a day, or of all days from `since` to it. Raises Forbidden."""
    actor.require(MONEY_READ, site_id)
    since = since or day
    number = func.sum(case((PaymentRow.counters_id.is_(None), 1), else_=-1))
    rows = db.execute(
        select(PaymentRow.means, number, func.sum(PaymentRow.amount_cents))
        .where(PaymentRow.site_id == site_id, PaymentRow.day.between(since, day))
        .group_by(PaymentRow.means)
    )
    means = {kind: (int(count), Cents(int(total))) for kind, count, total in rows}
    later = (
        select(PaymentRow.means, func.sum(PaymentRow.amount_cents))
        .where(PaymentRow.site_id == site_id, PaymentRow.day > day)
        .group_by(PaymentRow.means)
    )
    return Till(
        since=since,
        day=day,
        means=means,
        float_cents=_float(db, site_id),
        expected_cents=cash_in_till(db, site_id),
        closed=db.get(TillDay, (site_id, day)),
        version=_version(db, site_id),
        later={kind: Cents(int(total)) for kind, total in db.execute(later) if total},
        handovers=_handovers(db, site_id, day, actor),
    )


def cash_in_till(db: Session, site_id: str) -> Cents:
    """Return the cash that should be in the till.

    It is all cash that came in, plus the differences of all counts, minus what was handed over.
    """
    return memoise(db, ("cash_in_till", site_id), lambda: _read_cash_in_till(db, site_id))


def _read_cash_in_till(db: Session, site_id: str) -> Cents:
    payments_query = select(func.sum(PaymentRow.amount_cents)).where(
        PaymentRow.site_id == site_id, PaymentRow.means == Means.CASH
    )
    handovers_query = select(func.sum(CashHandover.amount_cents)).where(
        CashHandover.site_id == site_id
    )
    differences_query = select(func.sum(TillDay.counted_cents - TillDay.expected_cents)).where(
        TillDay.site_id == site_id
    )
    received, differences, handed_over = (
        int(db.scalar(query) or 0) for query in (payments_query, differences_query, handovers_query)
    )
    return Cents(received + differences - handed_over)


def open_day(db: Session, site_id: str, day: date) -> date:
    """Return the day, or the first day after it whose till is not closed."""
    closed = select(func.max(TillDay.day)).where(TillDay.site_id == site_id)
    last = db.scalar(closed)
    return day if last is None or last < day else last + timedelta(days=1)


def close_day(
    db: Session, site_id: str, new: CountTill, *, seen: str | None = None, actor: Actor, now: Utc
) -> Cents:
    """Close today's till with the counted cash; returns the difference, which needs a reason.

    `seen` is the version of the till that the actor has looked at. Raises Forbidden, Conflict,
    Invalid; Stale if something was paid, cancelled or handed over since.
    """
    actor.require(MONEY_WRITE, site_id)
    ledger.lock(db, site_id)
    day = months.day_of(now, months.zone_of(db, site_id))
    if db.get(TillDay, (site_id, day)) is not None:
        raise Conflict("the till of today is closed")
    if seen is not None and seen != _version(db, site_id):
        raise Stale("something was paid, cancelled or handed over since: look at the till again")
    expected = cash_in_till(db, site_id)
    difference = Cents(new.counted_cents - expected)
    if difference and new.reason is None:
        raise Invalid.of("reason", f"required for a difference of {difference} cents")
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
    details = {"day": day.isoformat(), "difference_cents": difference}
    subject = f"site:{site_id}"
    audit.record(db, actor, now, "till_closed", subject, site_id, reason=new.reason, **details)
    post_news(db, MoneyNews(site=site_id))
    return difference


def hand_over(db: Session, site_id: str, new: NewHandover, *, actor: Actor, now: Utc) -> str:
    """Hand over cash; returns the handover's id.

    Raises Forbidden; Invalid for more than there is.
    """
    actor.require(MONEY_WRITE, site_id)
    ledger.lock(db, site_id)
    if new.amount_cents > cash_in_till(db, site_id) - _float(db, site_id):
        raise Invalid.of("amount_cents", "more than the cash that is there besides the float")
    return _note_handover(db, site_id, Cents(new.amount_cents), new.reference, actor, now)


class HandoverCancelled(Conflict):
    """Raised when a handover is cancelled that has been cancelled already."""


def take_handover_back(
    db: Session, site_id: str, handover_id: str, *, actor: Actor, now: Utc
) -> None:
    """Cancel a handover that was noted by mistake, by one of the opposite amount.

    Raises Forbidden, NotFound; HandoverCancelled the second time; Conflict unless it is the day's
    last one, noted by the actor, and the till has not been counted since.
    """
    actor.require(MONEY_WRITE, site_id)
    ledger.lock(db, site_id)
    handover = db.get(CashHandover, handover_id)
    if handover is None or handover.site_id != site_id:
        raise NotFound("handover", handover_id)
    if _is_cancelled(db, handover):
        raise HandoverCancelled("this handover has been cancelled already")
    row = _last_handover(db, site_id, months.day_of(now, months.zone_of(db, site_id)), actor)
    if row is None or row.id != handover_id:
        raise Conflict("this handover can't be cancelled")
    _note_handover(db, site_id, Cents(-row.amount_cents), row.reference, actor, now)


def _is_cancelled(db: Session, handover: CashHandover) -> bool:
    """Return whether the next handover is its reverse, since only the last one is cancelled."""
    if handover.amount_cents < 0:
        return True
    later = select(CashHandover.amount_cents).where(
        CashHandover.site_id == handover.site_id, CashHandover.id > handover.id
    )
    return db.scalar(later.order_by(CashHandover.id).limit(1)) == -handover.amount_cents


def _note_handover(
    db: Session, site_id: str, amount: Cents, reference: str | None, actor: Actor, now: Utc
) -> str:
    row = CashHandover(
        id=uuid7(), site_id=site_id, at=now, amount_cents=amount, reference=reference, by=actor.ref
    )
    db.add(row)
    db.flush()
    action = "cash_handed_over" if amount > 0 else "cash_handover_taken_back"
    audit.record(db, actor, now, action, f"site:{site_id}", site_id, cents=abs(amount))
    post_news(db, MoneyNews(site=site_id))
    return row.id


def _last_handover(db: Session, site_id: str, day: date, actor: Actor) -> CashHandover | None:
    """Return the last handover, if it is the actor's own of that day, and not counted since."""
    statement = select(CashHandover).where(CashHandover.site_id == site_id)
    row = db.scalar(statement.order_by(CashHandover.id.desc()).limit(1))
    if row is None or row.amount_cents < 0 or row.by != actor.ref:
        return None
    is_of_day = months.day_of(row.at, months.zone_of(db, site_id)) == day
    closed = db.get(TillDay, (site_id, day))
    is_counted = closed is not None and closed.closed_at >= row.at
    return row if is_of_day and not is_counted else None


def _version(db: Session, site_id: str) -> str:
    payments = select(PaymentRow.year, PaymentRow.receipt).where(PaymentRow.site_id == site_id)
    newest = payments.order_by(PaymentRow.year.desc(), PaymentRow.receipt.desc()).limit(1)
    year, receipt = db.execute(newest).one_or_none() or (0, 0)
    handovers = select(func.count()).where(CashHandover.site_id == site_id)
    return f"{year}-{receipt}-{db.scalar(handovers)}"


def _float(db: Session, site_id: str) -> Cents:
    """Return the float that was set when the till was last counted."""
    last = select(TillDay.float_cents).where(TillDay.site_id == site_id)
    return db.scalar(last.order_by(TillDay.day.desc()).limit(1)) or ZERO


def _handovers(db: Session, site_id: str, day: date, actor: Actor) -> tuple[Handover, ...]:
    rows = db.scalars(
        select(CashHandover)
        .where(CashHandover.site_id == site_id)
        .order_by(CashHandover.id.desc())
        .limit(SHOWN)
    ).all()
    names = names_of(db, {row.by for row in rows})
    last = _last_handover(db, site_id, day, actor)
    return tuple(
        Handover(
            id=row.id,
            at=row.at,
            amount_cents=row.amount_cents,
            reference=row.reference,
            by=names.get(row.by),
            may_be_taken_back=row is last,
        )
        for row in rows
    )
