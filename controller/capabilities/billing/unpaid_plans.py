"""What is on a statement and still to be paid: subscriptions, passes, and articles."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.billing import ledger, months, payers, payments, remissions
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import SourceKind
from controller.capabilities.billing.models import ChargeRow, PaymentRow
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.rates import PassRate, SubscriptionRate
from controller.capabilities.billing.shapes import PayerKind
from controller.capabilities.plans.models import PassRow, SubscriptionRow
from controller.domain.time import Utc

_MODELS = (SubscriptionRow, PassRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidPlan:
    """A subscription or a pass that the member has, and the amount still to be paid for it."""

    id: str
    starts: Utc
    ends: Utc | None
    month: str
    """The month of the statement on which it is charged."""
    left_cents: Cents


def current_periods(
    db: Session, member_id: str, rate: SubscriptionRate | PassRate, now: Utc
) -> dict[str, Any]:
    """Return the member's current and future periods of this plan, by id, with start and end."""
    model = SubscriptionRow if isinstance(rate, SubscriptionRate) else PassRow
    statement = select(model.id, model.valid_from, model.valid_until).where(
        model.member_id == member_id,
        model.plan_id == rate.plan_id,
        or_(model.valid_until.is_(None), model.valid_until > now),
    )
    if isinstance(rate, PassRate):
        statement = statement.where(PassRow.kind == rate.pass_kind, PassRow.units == rate.units)
    return {row.id: row for row in db.execute(statement)}


def first_unpaid(
    db: Session, site_id: str, member_id: str, rate: SubscriptionRate | PassRate, now: Utc
) -> UnpaidPlan | None:
    """Return the first of them that is charged and not paid; None: all are paid or free.

    Payments for a statement count first towards the subscriptions and passes that had been given by
    then. Closed months are left to the treasurer, so that no payment at the counter ends another
    debt.
    """
    periods = current_periods(db, member_id, rate, now)
    if not periods:
        return None
    payer = PayerKey(PayerKind.MEMBER, member_id)
    uncounted: dict[str, list[_StatementPayment]] = {}
    for charge, entered_at in _plan_charges(db, site_id, payer):
        if is_sold(db, charge.source_id, member_id):
            continue
        month = charge.month
        due = charge.amount_cents - remissions.remitted_of(db, {charge.source_id}).total()
        if month not in uncounted:
            uncounted[month] = _paid_for_statement(db, site_id, month, payer)
        covered = _count(uncounted[month], due, entered_at)
        left = min(due - covered, payments.amount_left(db, site_id, month, payer, now))
        if left > 0 and charge.source_id in periods:
            period = periods[charge.source_id]
            return UnpaidPlan(
                id=charge.source_id,
                starts=period.valid_from,
                ends=period.valid_until,
                month=month,
                left_cents=Cents(left),
            )
    return None


def first_owed_article(
    db: Session, site_id: str, member_id: str, article: str, now: Utc
) -> tuple[str, Cents] | None:
    """Return the first open month in which the member owes this article, and at most how much.

    None: nothing is charged, or it was paid at the counter or on the statement.
    """
    payer, other = PayerKey(PayerKind.MEMBER, member_id), aliased(PaymentRow)
    is_paid = exists().where(
        PaymentRow.sold_id == ChargeRow.source_id,
        PaymentRow.counters_id.is_(None),
        ~exists().where(other.counters_id == PaymentRow.id),
    )
    charged = ledger.valid_charges().where(
        ChargeRow.site_id == site_id,
        ChargeRow.month > months.last_closed(db, site_id),
        ChargeRow.source_kind == SourceKind.ENTRY,
        ChargeRow.thing == article,
        payers.pays(ChargeRow, payer),
        ~is_paid,
    )
    totals = charged.with_only_columns(ChargeRow.month, func.sum(ChargeRow.amount_cents))
    for month, due in db.execute(totals.group_by(ChargeRow.month).order_by(ChargeRow.month)):
        left = min(due, payments.amount_due(db, site_id, month, payer, now))
        if left > 0:
            return month, Cents(left)
    return None


def _plan_charges(
    db: Session, site_id: str, payer: PayerKey
) -> Sequence[Row[ChargeRow, Utc | None]]:
    """Return the payer's charges for subscriptions and passes in months that are not closed.

    With each is the moment at which the subscription or pass was given.
    """
    plan_charges = (
        ChargeRow.site_id == site_id,
        ChargeRow.month > months.last_closed(db, site_id),
        ChargeRow.source_kind.in_((SourceKind.SUBSCRIPTION, SourceKind.PASS)),
        payers.pays(ChargeRow, payer),
    )
    entered_at = func.coalesce(SubscriptionRow.entered_at, PassRow.entered_at)
    rows = ledger.valid_charges().add_columns(entered_at).where(*plan_charges)
    for model in _MODELS:
        rows = rows.outerjoin(model, model.id == ChargeRow.source_id)
    return db.execute(rows.order_by(ChargeRow.month, ChargeRow.id)).all()


@dataclass(slots=True)
class _StatementPayment:
    """A payment for a statement, and what is left of it for charges."""

    at: Utc
    left: int


def _paid_for_statement(
    db: Session, site_id: str, month: str, payer: PayerKey
) -> list[_StatementPayment]:
    """Return what was paid for the statement itself, the oldest payment first.

    Sales are left out, and payments that were cancelled. Refunds reduce the last payments.
    """
    other = aliased(PaymentRow)
    conditions = (
        PaymentRow.site_id == site_id,
        PaymentRow.month == month,
        PaymentRow.sold_id.is_(None),
        PaymentRow.counters_id.is_(None),
        ~exists().where(other.counters_id == PaymentRow.id),
        payers.pays(PaymentRow, payer),
    )
    statement = select(PaymentRow.at, PaymentRow.amount_cents).where(*conditions)
    rows = db.execute(statement.order_by(PaymentRow.id)).all()
    paid = [_StatementPayment(row.at, row.amount_cents) for row in rows if row.amount_cents > 0]
    refunded = -sum(row.amount_cents for row in rows if row.amount_cents < 0)
    for payment in reversed(paid):
        part = min(payment.left, refunded)
        payment.left -= part
        refunded -= part
    return paid


def _count(paid: Sequence[_StatementPayment], due: int, entered_at: Utc | None) -> int:
    """Count payments made since a plan was given towards its charge; return their sum."""
    counted = 0
    for payment in paid:
        if entered_at is None or payment.at >= entered_at:
            part = max(0, min(payment.left, due - counted))
            payment.left -= part
            counted += part
    return counted


def is_sold(db: Session, source_id: str, member_id: str) -> bool:
    """Return whether the subscription or pass was paid at the counter, and not cancelled."""
    payment = PaymentRow
    conditions = (payment.member_id == member_id, payment.sold_id == source_id)
    rows = db.execute(select(payment.id, payment.counters_id).where(*conditions)).all()
    return bool({row.id for row in rows} - {key for row in rows for key in row if row.counters_id})


def paid_later(db: Session, payment_ids: Collection[str]) -> set[str]:
    """Return the payments for a plan that was given earlier, and not sold with the payment.

    Cancelling one leaves the subscription or pass, which is owed again. A sale gives it in the
    same moment. An imported subscription was entered by nobody, and before it was paid.
    """
    later_ids: set[str] = set()
    for model in _MODELS if payment_ids else ():
        given_before = or_(model.entered_at.is_(None), model.entered_at < PaymentRow.at)
        rows = select(PaymentRow.id).join(model, (PaymentRow.sold_id == model.id) & given_before)
        later_ids |= set(db.scalars(rows.where(PaymentRow.id.in_(payment_ids))))
    return later_ids
