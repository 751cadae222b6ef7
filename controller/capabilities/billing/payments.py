"""Notes payments that are made outside Loquet; each gets the next receipt number of its year."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.billing import arrears, ledger, months, payers, till, upcoming_charges
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.charges import require_member
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import ChargeRow, MoneyNumber, PaymentRow
from controller.capabilities.billing.news import MoneyNews
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_TAKE, MONEY_WRITE
from controller.capabilities.billing.shapes import NewPayment, PayerKind, Payment, Refund, TakeBack
from controller.capabilities.members import on_behalf
from controller.capabilities.members.shapes import OnBehalf
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.corrections import check_correction
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.mapping import to_shape
from controller.kernel.names import names_of
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, resolve_site, visible
from controller.store.upsert import add_up
from controller.wire.ids import uuid7

NO_REASON = TakeBack()


def create(
    db: Session, new: NewPayment, *, once: str | None = None, actor: Actor, now: Utc
) -> Payment:
    """Note a payment; `once` is the id of the form, which makes one payment even if sent twice.

    Needs the right to remit, since it ends a debt; nobody may note their own. Raises Invalid,
    Forbidden.
    """
    site_id = _site(db, new, actor, now)
    if (earlier := find_payment(db, site_id, once)) is not None:
        return earlier
    payer = _payer(new)
    amount = Cents(new.amount_cents)
    return note(
        db,
        site_id,
        payer,
        new.month,
        new.means,
        amount,
        once=once,
        reference=new.reference,
        actor=actor,
        now=now,
    )


def refund(db: Session, new: Refund, *, once: str | None = None, actor: Actor, now: Utc) -> Payment:
    """Refund what was overpaid for a month, by the means by which it was paid or by transfer.

    Nobody may refund their own payment. Raises Forbidden, and Invalid for more than `refundable`
    or for a month to come, of which nothing is owed yet.
    """
    site_id = _site(db, new, actor, now)
    ledger.lock(db, site_id)
    if (earlier := find_payment(db, site_id, once)) is not None:
        return earlier
    payer = _payer(new)
    if new.month > months.current_month(db, site_id, now):
        raise Invalid.of("month", "this month is still to come: cancel the sale or the payment")
    most = refundable(db, site_id, new.month, payer, now)
    if new.amount_cents > most[Means.TRANSFER]:
        raise Invalid.of("amount_cents", f"only {most[Means.TRANSFER]} cents were overpaid")
    if new.amount_cents > most[new.means]:
        why = f"at most {most[new.means]} cents go back by {new.means}: refund the rest by transfer"
        raise Invalid.of("amount_cents", why)
    return note(
        db,
        site_id,
        payer,
        new.month,
        new.means,
        Cents(-new.amount_cents),
        once=once,
        reference=new.reference,
        reason=new.reason,
        actor=actor,
        now=now,
    )


def _site(db: Session, new: NewPayment, actor: Actor, now: Utc) -> str:
    """Check a new payment and return its site."""
    site_id = resolve_site(db, actor, MONEY_WRITE, new.site_id)
    months.require_month(new.month)
    payer = _payer(new)
    payers.check_not_own(db, site_id, new.month, payer, actor=actor)
    if not _is_in_books(db, site_id, payer):
        require_member(db, site_id, new.member_id)
        to = OnBehalf(organisation_id=new.organisation_id, project_id=new.project_id)
        on_behalf.resolve(db, [site_id], to, now)
    return site_id


def _is_in_books(db: Session, site_id: str, payer: PayerKey) -> bool:
    """Whether the payer has a charge or a payment at the site, even if no longer known there."""
    rows = (
        exists().where(model.site_id == site_id, payers.pays(model, payer))
        for model in (ChargeRow, PaymentRow)
    )
    return bool(db.scalar(select(or_(*rows))))


def amount_left(db: Session, site_id: str, month: str, payer: PayerKey, now: Utc) -> int:
    """Return how much of a month a payer has left to pay; a negative amount was overpaid.

    Set-offs are taken into account: what pays a closed month of the same payer is not refunded
    (0312).
    """
    left = -arrears.set_offs(db, site_id, [payer], now).get((payer, month), 0)
    for model, sign in ((ChargeRow, 1), (PaymentRow, -1)):
        conditions = (model.site_id == site_id, model.month == month, payers.pays(model, payer))
        left += sign * int(db.scalar(select(func.sum(model.amount_cents)).where(*conditions)) or 0)
    return left


def amount_due(db: Session, site_id: str, month: str, payer: PayerKey, now: Utc) -> int:
    """Return how much of it is owed now, without bookings that have not begun."""
    left = amount_left(db, site_id, month, payer, now)
    upcoming = upcoming_charges.of_payer(db, site_id, payer, now).get(month, 0)
    return left - upcoming_charges.unpaid_part(left, upcoming)


def refundable(db: Session, site_id: str, month: str, payer: PayerKey, now: Utc) -> Counter[Means]:
    """Return how much of an overpayment can be refunded by each means; the last payments count
    first.

    All of it can be refunded by transfer, which the bank records, but in cash only what was paid in
    cash and is in the till.
    """
    overpaid = max(0, -amount_left(db, site_id, month, payer, now))
    refunds, refundable_by_means = Counter[Means](), Counter[Means]()
    left = overpaid
    for payment in reversed(of_statement(db, site_id, month, payer)):
        if payment.amount_cents < 0:
            refunds[payment.means] -= payment.amount_cents
            continue
        refunded = min(refunds[payment.means], payment.amount_cents)
        refunds[payment.means] -= refunded
        refundable_by_means[payment.means] += min(payment.amount_cents - refunded, left)
        left -= min(payment.amount_cents - refunded, left)
    refundable_by_means[Means.TRANSFER] = overpaid
    refundable_by_means[Means.CASH] = min(
        refundable_by_means[Means.CASH], max(0, till.cash_in_till(db, site_id))
    )
    return refundable_by_means


def note(
    db: Session,
    site_id: str,
    payer: PayerKey,
    month: str,
    means: Means,
    amount: Cents,
    *,
    once: str | None = None,
    reference: str | None = None,
    sold: str | None = None,
    counters: str | None = None,
    reason: str | None = None,
    actor: Actor,
    now: Utc,
) -> Payment:
    """Store a payment with the next receipt number, in the till that is open.

    A concurrent call waits for the commit, and so does a count of the till. `once` is the form's
    unique id.
    """
    actor.require(MONEY_TAKE, site_id)
    ledger.lock(db, site_id)
    zone = months.zone_of(db, site_id)
    year = now.astimezone(zone).year
    number = add_up(db, MoneyNumber, {"site_id": site_id, "what": f"receipt-{year}"}, "last", 1)
    row = PaymentRow(
        id=uuid7(),
        site_id=site_id,
        year=year,
        receipt=number,
        day=till.open_day(db, site_id, months.day_of(now, zone)),
        at=now,
        month=month,
        member_id=payer.member_id,
        erased=payer.kind is PayerKind.ERASED,
        organisation_id=payer.organisation_id,
        project_id=payer.project_id,
        means=means,
        amount_cents=amount,
        reference=reference,
        reason=reason,
        sold_id=sold,
        counters_id=counters,
        once=once,
        by=actor.ref,
    )
    db.add(row)
    db.flush()
    usual_action = "payment_refunded" if amount < 0 else "payment_noted"
    action = "payment_taken_back" if counters else usual_action
    subject = f"payment:{row.id}"
    audit.record(db, actor, now, action, subject, site_id, reason=reason, receipt=number)
    post_news(db, MoneyNews(site=site_id))
    return shape(row)


def find_payment(db: Session, site_id: str, once: str | None) -> Payment | None:
    """Return the payment that this form has already made, if any."""
    if once is None:
        return None
    row = db.scalar(select(PaymentRow).where(PaymentRow.once == once))
    return shape(row) if row is not None and row.site_id == site_id else None


def take_back(
    db: Session,
    payment_id: str,
    why: TakeBack = NO_REASON,
    *,
    month: str | None = None,
    actor: Actor,
    now: Utc,
) -> Payment:
    """Cancel a payment that was noted by mistake, by a payment of the opposite amount.

    Nobody may cancel their own: a cancelled refund ends a debt, and cancelled cash leaves the till.
    `month`: the statements on which it counts; None: those of the payment's month. Raises NotFound,
    Conflict, Forbidden, Invalid.
    """
    row = visible(db, PaymentRow, payment_id, "payment", actor, MONEY_TAKE)
    ledger.lock(db, row.site_id)
    payers.check_not_own(db, row.site_id, row.month, PayerKey.of(row), actor=actor)
    earlier = select(PaymentRow.id).where(PaymentRow.counters_id == row.id)
    if row.counters_id is not None or db.scalar(earlier) is not None:
        raise Conflict("this payment has been cancelled already")
    is_own = is_own_of_open_till(db, row, actor, now)
    check_correction(actor, row.site_id, why.reason, is_own_of_today=is_own)
    if _refunded_cash(db, [row]):  # cancelling it too would take it out of the till twice
        raise Conflict("this cash was refunded: cancel the refund first")
    amount = Cents(-row.amount_cents)
    return note(
        db,
        row.site_id,
        PayerKey.of(row),
        month or row.month,
        row.means,
        amount,
        sold=row.sold_id,
        counters=row.id,
        reason=why.reason,
        actor=actor,
        now=now,
    )


def _refunded_cash(db: Session, payments: Sequence[PaymentRow | Payment]) -> set[str]:
    """Return the cash payments that were refunded since, in cash or by transfer.

    Refunds don't name the payment. So a cash payment counts as refunded if what its payer has paid
    for that month, less refunds, is now lower than the payment, either in cash or in all.
    """
    paid = [row for row in payments if row.means is Means.CASH and row.amount_cents >= 0]
    other, payer_columns = aliased(PaymentRow), payers.columns(PaymentRow)
    is_cash = PaymentRow.means == Means.CASH
    sums = (
        select(
            PaymentRow.site_id,
            PaymentRow.month,
            *payer_columns,
            is_cash.label("is_cash"),
            func.sum(PaymentRow.amount_cents).label("cents"),
        )
        .where(
            PaymentRow.site_id.in_({row.site_id for row in paid}),
            PaymentRow.month.in_({row.month for row in paid}),
            PaymentRow.counters_id.is_(None),
            ~exists().where(other.counters_id == PaymentRow.id),
        )
        .group_by(PaymentRow.site_id, PaymentRow.month, *payer_columns, is_cash)
    )
    cash, in_all = (Counter[tuple[str, str, PayerKey]]() for _ in range(2))
    for row in db.execute(sums) if paid else ():
        key = (row.site_id, row.month, PayerKey.of(row))
        in_all[key] += int(row.cents)
        if row.is_cash:
            cash[key] += int(row.cents)
    keys = {row.id: (row.site_id, row.month, PayerKey.of(row)) for row in paid}
    return {
        row.id for row in paid if min(cash[keys[row.id]], in_all[keys[row.id]]) < row.amount_cents
    }


def final_payments(db: Session, payments: Sequence[Payment]) -> set[str]:
    """Return the payments that can't be cancelled: cancelled ones, those that cancel others, and
    refunded cash.
    """
    countered = {
        *cancelling_payments(db, [payment.id for payment in payments]),
        *_refunded_cash(db, payments),
    }
    return {payment.id for payment in payments if payment.counters or payment.id in countered}


def is_own_of_open_till(db: Session, row: PaymentRow, actor: Actor, now: Utc) -> bool:
    """Whether the actor noted the payment, its payer is not erased, and its till is not closed.

    Cash that was handed over since counts as if its till were closed.
    """
    today = months.day_of(now, months.zone_of(db, row.site_id))
    is_own = row.by == actor.ref and not row.erased
    is_open = row.day == till.open_day(db, row.site_id, today)
    return is_own and is_open and not _exceeds(row, till.cash_in_till(db, row.site_id))


def noted_by(db: Session, payments: Sequence[Payment], actor: Actor, day: date) -> set[str]:
    """Return the payments in the till of a day that the actor noted; not cash that has left it."""
    ids = [payment.id for payment in payments if payment.day == day]
    own_payments = select(PaymentRow).where(PaymentRow.id.in_(ids), PaymentRow.by == actor.ref)
    rows = db.scalars(own_payments).all()
    cash = {site_id: till.cash_in_till(db, site_id) for site_id in {row.site_id for row in rows}}
    return {row.id for row in rows if not _exceeds(row, cash[row.site_id])}


def _exceeds(row: PaymentRow, cash: Cents) -> bool:
    """Whether the payment is in cash, and more than this cash in the till."""
    return row.means is Means.CASH and row.amount_cents > cash


def may_take_back(db: Session, payment_id: str, *, actor: Actor, now: Utc) -> tuple[bool, bool]:
    """Return whether the actor may cancel the payment, and whether that needs a reason.

    Raises NotFound.
    """
    row = visible(db, PaymentRow, payment_id, "payment", actor, MONEY_TAKE)
    is_own = is_own_of_open_till(db, row, actor, now)
    return is_own or actor.may(MONEY_WRITE, row.site_id), not is_own


def get(db: Session, payment_id: str, *, actor: Actor) -> Payment:
    """Return one payment. Raises NotFound."""
    return shape(visible(db, PaymentRow, payment_id, "payment", actor, MONEY_READ))


def page(
    db: Session, *, actor: Actor, month: str | None = None, cursor: Cursor = FIRST
) -> Page[Payment]:
    """Return a page of payments of the actor's sites, or of those for the statements of a month."""
    statement = select(PaymentRow).where(at_sites(PaymentRow.site_id, actor.sites(MONEY_READ)))
    if month is not None:
        statement = statement.where(PaymentRow.month == months.require_month(month))
    return paged(db, statement, PaymentRow.id, cursor, lambda rows: [shape(row) for row in rows])


def of_statement(db: Session, site_id: str, month: str, payer: PayerKey) -> list[Payment]:
    """Return what a payer has paid for a month."""
    statement = select(PaymentRow).where(
        PaymentRow.site_id == site_id, PaymentRow.month == month, payers.pays(PaymentRow, payer)
    )
    return [shape(row) for row in db.scalars(statement.order_by(PaymentRow.id))]


def sales_of_days(
    db: Session, site_id: str, since: date, day: date, *, actor: Actor, at_most: int
) -> list[Payment]:
    """Return the sales in the till of these days, the latest first. Raises Forbidden."""
    actor.require(MONEY_TAKE, site_id)
    is_sale = PaymentRow.sold_id.is_not(None)
    statement = select(PaymentRow).where(
        PaymentRow.site_id == site_id, PaymentRow.day.between(since, day), is_sale
    )
    latest = statement.order_by(PaymentRow.year.desc(), PaymentRow.receipt.desc())
    rows = db.scalars(latest.limit(at_most))
    return [shape(row) for row in rows]


def cancelling_payments(db: Session, payment_ids: Collection[str]) -> dict[str, Payment]:
    """Return the payment that cancels each cancelled one, by the cancelled id."""
    rows = db.scalars(select(PaymentRow).where(PaymentRow.counters_id.in_(payment_ids)))
    return {str(row.counters_id): shape(row) for row in rows}


def cancelled_payments(db: Session, payments: Sequence[Payment]) -> dict[str, Payment]:
    """Return the payments that these cancel, by id."""
    ids = {payment.counters for payment in payments if payment.counters}
    rows = db.scalars(select(PaymentRow).where(PaymentRow.id.in_(ids))) if ids else ()
    return {row.id: shape(row) for row in rows}


def receipt(db: Session, payment_id: str, *, actor: Actor) -> Payment:
    """Return one payment, with the right to take money. Raises NotFound."""
    return shape(visible(db, PaymentRow, payment_id, "payment", actor, MONEY_TAKE))


def recorder_name(db: Session, payment_id: str, *, actor: Actor) -> str | None:
    """Return the name of the person who recorded a payment; None: unknown. Raises NotFound."""
    row = visible(db, PaymentRow, payment_id, "payment", actor, MONEY_READ)
    return names_of(db, {row.by}).get(row.by)


def _payer(new: NewPayment) -> PayerKey:
    if new.organisation_id:
        return PayerKey(PayerKind.ORGANISATION, new.organisation_id)
    if new.project_id:
        return PayerKey(PayerKind.PROJECT, new.project_id)
    return PayerKey(PayerKind.MEMBER, new.member_id or "")


def shape(row: PaymentRow) -> Payment:
    """Return a payment in the API's form."""
    return to_shape(
        row, Payment, receipt=f"{row.year}-{row.receipt:06d}", counters=row.counters_id, version=1
    )
