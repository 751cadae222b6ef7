"""Sales at the desk: something is charged and paid at once, with a numbered receipt."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import charges, ledger, months, payments, unpaid_plans
from controller.capabilities.billing.calculation import Tariff, tariff_on
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import ChargeRow, MoneyEntry, PaymentRow, TariffRow
from controller.capabilities.billing.payers import COUNTER, PayerKey
from controller.capabilities.billing.payments import NO_REASON
from controller.capabilities.billing.permissions import MONEY_TAKE
from controller.capabilities.billing.rates import ArticleRate, PassRate, Rate, SubscriptionRate
from controller.capabilities.billing.shapes import Charge, NewCharge, PayerKind, Payment, TakeBack
from controller.capabilities.billing.unpaid_plans import UnpaidPlan, paid_later
from controller.capabilities.members import on_behalf
from controller.capabilities.members import search as member_search
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.plans import corrections, passes, subscriptions
from controller.capabilities.plans.changes import PlanGiven, PlanTakenBack, WasSold
from controller.capabilities.plans.lengths import year_from
from controller.capabilities.plans.models import PassRow, SubscriptionRow
from controller.capabilities.plans.shapes import NewPass, NewSubscription
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.corrections import check_gift, check_not_own
from controller.kernel.errors import Conflict, Forbidden, Invalid, ServiceError
from controller.kernel.lookalikes import skeleton
from controller.kernel.rows import is_there, visible

OfferRate = ArticleRate | PassRate | SubscriptionRate
"""What the desk sells: materials and courses, passes, subscriptions for a year."""
USUAL_PERIOD = timedelta(days=90)
"""The time over which usual amounts are determined."""
CONFIRM_ABOVE = 20_000
"""Cents up to which no sale needs a confirmation."""
RESULT_LIMIT = 8
"""Most members shown for a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A sale: an item (by `place`, its position in today's tariff), the buyer, the means of
    payment."""

    place: int
    quantity: int
    member_id: str | None
    means: Means
    tariff: int | None = None
    """The number of the tariff version from which it was chosen; None: today's."""
    once: str | None = None
    """The id of the form, which makes one sale even if it is sent twice."""
    is_sure: bool = False
    """Whether an amount far above the usual was confirmed."""
    pays: str | None = None
    """The id of the member's unpaid subscription or pass that this pays; None: a new one."""
    left_cents: int | None = None
    """The amount left to pay when the form was shown; None: the amount that is left now."""
    beside: str | None = None
    """The id of the unpaid one beside which a new one is sold."""


class Unusual(ServiceError):
    """Raised for an amount far above the usual, which has to be confirmed."""

    def __init__(self, amount: Cents) -> None:
        super().__init__(f"{amount} cents is far above the usual")
        self.amount = amount


class StillUnpaid(ServiceError):
    """Raised if the member has one of this plan already, whose charge is not paid yet."""

    def __init__(self, plan: UnpaidPlan) -> None:
        super().__init__(f"{plan.id} is not paid yet: pay it, or sell another beside it")
        self.plan = plan


def tariff_of(db: Session, site_id: str, now: Utc) -> int | None:
    """Return the number of the tariff version that is valid today; None: there is none."""
    tariff = _tariff(db, site_id, now)
    return db.get_one(TariffRow, tariff.id).number if tariff else None


def find_offers(db: Session, site_id: str, now: Utc) -> dict[int, OfferRate]:
    """Return what can be sold today, by its position in the tariff."""
    tariff = _tariff(db, site_id, now)
    rates: tuple[Rate, ...] = tariff.rates if tariff else ()
    return {
        place: rate
        for place, rate in enumerate(rates)
        if isinstance(rate, OfferRate) and rate.price_cents
    }


def _tariff(db: Session, site_id: str, now: Utc) -> Tariff | None:
    day = months.day_of(now, months.zone_of(db, site_id))
    return tariff_on(ledger.tariffs_of(db, site_id), day)


def find_members(db: Session, site_id: str, name: str) -> list[tuple[str, str]]:
    """Return ids and names of the site's members whose names match.

    An exact match alone, unless another name looks the same.
    """
    conditions = member_search.word_conditions(name)
    if not conditions:
        return []
    rows = db.execute(
        select(MemberRow.id, MemberRow.display_name)
        .where(known_at([site_id]), *conditions)
        .order_by(MemberRow.display_name, MemberRow.id)
        .limit(RESULT_LIMIT)
    ).all()
    pairs = [(key, member_name) for key, member_name in rows]
    look = skeleton(name)
    exact = [pair for pair in pairs if skeleton(pair[1]) == look]
    return exact if len(exact) == 1 else pairs


def sell(db: Session, site_id: str, sale: Sale, *, actor: Actor, now: Utc) -> Payment:
    """Charge a sale and note its payment, in one transaction; nobody may sell to themselves.

    With `pays` it notes the payment of what the member was given before. An account without a
    member may sell to members for cash only: it may belong to the buyer, and means other than cash
    do not show in the till. Raises Invalid, Forbidden, Unusual, StillUnpaid.
    """
    actor.require(MONEY_TAKE, site_id)
    check_not_own(actor, sale.member_id)
    is_cash = sale.means is Means.CASH
    if not is_cash and on_behalf.may_be_own(actor, site_id, sale.member_id):
        raise Forbidden("this account has no member: it can sell to members for cash only")
    if (before := payments.find_payment(db, site_id, sale.once)) is not None:
        return before
    rate = find_offers(db, site_id, now).get(sale.place)
    if sale.tariff not in (None, tariff_of(db, site_id, now)):
        raise Invalid.of("tariff", "another tariff is valid since the form was shown")
    if rate is None:
        raise Invalid.of("place", "not in the tariff of today")
    if not isinstance(rate, ArticleRate) and sale.quantity != 1:
        raise Invalid.of("quantity", "passes and subscriptions are sold one by one")
    member = charges.require_member(db, site_id, sale.member_id)
    unpaid = None
    if member is not None and not isinstance(rate, ArticleRate):
        unpaid = _unpaid_plan(db, site_id, member, rate, now)
    is_as_shown = unpaid is not None and sale.left_cents in (None, unpaid.left_cents)
    if unpaid is not None and unpaid.id == sale.pays and is_as_shown:
        source, month, amount = unpaid.id, unpaid.month, unpaid.left_cents
    elif unpaid is not None and unpaid.id != sale.beside:
        raise StillUnpaid(unpaid)
    elif sale.pays is not None:
        raise Invalid.of("pays", "this is paid already, or somebody else's")
    else:
        source, month, amount = _charge_sale(db, site_id, rate, sale, actor, now)
    payer = PayerKey(PayerKind.MEMBER, sale.member_id) if sale.member_id else COUNTER
    if not sale.is_sure and amount > _usual_limit(db, site_id, now):
        raise Unusual(amount)
    return payments.note(
        db,
        site_id,
        payer,
        month,
        sale.means,
        amount,
        once=sale.once,
        sold=source,
        actor=actor,
        now=now,
    )


def _unpaid_plan(
    db: Session, site_id: str, member: MemberRow, rate: PassRate | SubscriptionRate, now: Utc
) -> UnpaidPlan | None:
    """Return what the member has of the plan and has not paid, with the charges up to date."""
    ledger.lock(db, site_id)
    for period in unpaid_plans.current_periods(db, member.id, rate, now).values():
        charges.derive_for(db, site_id, member, period.valid_from, now)
    return unpaid_plans.first_unpaid(db, site_id, member.id, rate, now)


def _charge_sale(
    db: Session, site_id: str, rate: OfferRate, sale: Sale, actor: Actor, now: Utc
) -> tuple[str, str, Cents]:
    """Give or charge what is sold; return its id, the month of its statement and the amount."""
    source = _give_or_charge(db, site_id, rate, sale, actor, now)
    charge = db.scalars(ledger.valid_charges().where(ChargeRow.source_id == source)).one()
    if charge.amount_cents <= 0:
        raise Invalid.of("quantity", "the amount would be zero")
    if not isinstance(rate, ArticleRate) and charge.amount_cents != rate.price_cents:
        raise Invalid.of("price", "another price is valid on the day on which it begins")
    return source, charge.month, Cents(charge.amount_cents)


def _usual_limit(db: Session, site_id: str, now: Utc) -> int:
    """Return three times the highest sale of the last months, in cents; at least
    `CONFIRM_ABOVE`."""
    since = Utc.of(now - USUAL_PERIOD)
    dearest = select(func.max(PaymentRow.amount_cents)).where(
        PaymentRow.site_id == site_id, PaymentRow.sold_id.is_not(None), PaymentRow.at >= since
    )
    return max(CONFIRM_ABOVE, 3 * (db.scalar(dearest) or 0))


def charges_of(db: Session, payments: Iterable[Payment]) -> dict[str, Charge]:
    """Return the charge of each of these sales, by payment; also of cancelled ones."""
    ids = [payment.id for payment in payments]
    if not ids:
        return {}
    payment_rows = select(PaymentRow.id, PaymentRow.sold_id).where(
        PaymentRow.id.in_(ids), PaymentRow.sold_id.is_not(None)
    )
    sources = {row.id: row.sold_id for row in db.execute(payment_rows)}
    rows = db.scalars(
        select(ChargeRow)
        .where(ChargeRow.source_id.in_(set(sources.values())), ChargeRow.counters_id.is_(None))
        .order_by(ChargeRow.id.desc())
    )
    first = {charge.source_id: charge for charge in charges.shapes(db, rows)}
    return {key: first[source] for key, source in sources.items() if source in first}


def find_sales(db: Session, payments: Iterable[Payment]) -> set[str]:
    """Return the payments for a sale, as opposed to payments of a debt."""
    sale_charges = charges_of(db, payments)
    return sale_charges.keys() - paid_later(db, sale_charges)


def last_days(db: Session, payments: Iterable[Payment]) -> dict[str, Utc]:
    """Return the last instant of each subscription that one of these payments paid, by payment.

    That is the end with which it was sold, even if it was shortened later; if it was given before
    its payment, it is its current end.
    """
    ids = [payment.id for payment in payments]
    rows = db.execute(
        select(PaymentRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.id == PaymentRow.sold_id)
        .where(PaymentRow.id.in_(ids))
    )
    later_ids = paid_later(db, ids)
    ends: dict[str, Utc | None] = {}
    for payment, period in rows:
        if payment.id in later_ids:
            ends[payment.id] = period.valid_until
        else:
            zone = months.zone_of(db, payment.site_id)
            ends[payment.id] = year_from(period.valid_from, payment.at, zone)
    return {key: end for key, end in ends.items() if end is not None}


def payments_of_valid_sales(db: Session, payments: Iterable[Payment]) -> set[str]:
    """Return the payments whose sale is not cancelled, even if the payment is."""
    is_charged = ledger.valid_charges().where(ChargeRow.source_id == PaymentRow.sold_id).exists()
    ids = [payment.id for payment in payments]
    return set(db.scalars(select(PaymentRow.id).where(PaymentRow.id.in_(ids), is_charged)))


def spent_passes(db: Session, payments: Iterable[Payment]) -> set[str]:
    """Return the payments for passes in use, which can't be cancelled."""
    later = paid_later(db, [payment.id for payment in payments])
    ids = [payment.id for payment in payments if payment.id not in later]
    if not ids:
        return set()
    rows = db.execute(
        select(PaymentRow.id, PassRow.id)
        .join(PassRow, PassRow.id == PaymentRow.sold_id)
        .where(PaymentRow.id.in_(ids))
    ).all()
    spent = passes.spent_passes(db, [pass_id for _payment, pass_id in rows])
    return {payment for payment, pass_id in rows if pass_id in spent}


def take_back(
    db: Session, payment_id: str, why: TakeBack = NO_REASON, *, actor: Actor, now: Utc
) -> Payment:
    """Cancel a sale: the payment and what was sold, both on the same statement.

    If the month is closed, that is the statement of the next open month. Raises NotFound,
    Forbidden, Invalid; Conflict for a payment that was no sale or is cancelled, or a pass of which
    a day is spent, or an old subscription.
    """
    row = visible(db, PaymentRow, payment_id, "payment", actor, MONEY_TAKE)
    ledger.lock(db, row.site_id)
    month = months.open_month_for(row.month, months.last_closed(db, row.site_id))
    reversal = payments.take_back(db, payment_id, why, month=month, actor=actor, now=now)
    sold_id = db.get_one(PaymentRow, reversal.id).sold_id
    if sold_id is None:
        raise Conflict("this payment was for a statement")
    if db.get(MoneyEntry, sold_id) is not None:
        charges.take_back(db, sold_id, actor=actor, now=now)
        return reversal
    sold_plan = db.get(PassRow, sold_id) or db.get(SubscriptionRow, sold_id)
    if sold_plan is not None:
        member, at = db.get_one(MemberRow, sold_plan.member_id), sold_plan.valid_from
        if isinstance(sold_plan, PassRow):
            passes.delete_unchecked(db, sold_plan, member, actor, now, why.reason)
        else:
            subscriptions.delete_unchecked(db, sold_plan, member, actor, now, why.reason)
        charges.derive_for(db, reversal.site_id, member, at, now)
    return reversal


def may_be_used(db: Session, payment_id: str) -> bool:
    """Return whether the sold pass or subscription has opened something, or an offline agent may
    still report that it has."""
    row = db.get_one(PaymentRow, payment_id)
    sold_plan = _sold_plan(db, row)
    return sold_plan is not None and corrections.has_opened(db, sold_plan, row.site_id)


def awaits_boxes(db: Session, payment_id: str, now: Utc) -> bool:
    """Return whether it may be used only because the boxes have not confirmed yet that they know
    of it, a moment after it was sold."""
    row = db.get_one(PaymentRow, payment_id)
    sold_plan = _sold_plan(db, row)
    return sold_plan is not None and corrections.awaits_boxes(db, sold_plan, row.site_id, now)


def _sold_plan(db: Session, row: PaymentRow) -> PassRow | SubscriptionRow | None:
    if row.sold_id is None:
        return None
    return db.get(PassRow, row.sold_id) or db.get(SubscriptionRow, row.sold_id)


def require_unsold(db: Session, event: PlanTakenBack) -> None:
    """Raise WasSold for something that was sold: its sale has to be cancelled instead.

    Waits for a sale to the member in another transaction, and makes it wait.
    """
    is_there(db, db.get_one(MemberRow, event.member_id))
    if sale_payments := sold_by(db, event.member_id, [event.id]):
        raise WasSold(sale_payments[event.id].receipt)


def check_changed(db: Session, change: PlanGiven) -> None:
    """Check that the actor may change a sold subscription or pass, which needs the right to decide
    about money.

    Raises Forbidden, Invalid. Waits as `require_unsold`.
    """
    if change.changed_id is None:
        return
    is_there(db, db.get_one(MemberRow, change.member_id))
    if sold_by(db, change.member_id, [change.changed_id]):
        why = "this was sold: say why it is changed"
        check_gift(change.actor, change.site_id, change.reason, why, owed_by=change.member_id)


def sold_by(db: Session, member_id: str, sources: Iterable[str]) -> dict[str, Payment]:
    """Return the payments by which these subscriptions and passes were sold, by their id; not
    cancelled ones."""
    conditions = PaymentRow.member_id == member_id, PaymentRow.sold_id.in_(sources)
    rows = db.scalars(select(PaymentRow).where(*conditions)).all()
    cancelled_ids = {key for row in rows if row.counters_id for key in (row.id, row.counters_id)}
    return {str(row.sold_id): payments.shape(row) for row in rows if row.id not in cancelled_ids}


def take_back_payment(
    db: Session, payment_id: str, why: TakeBack = NO_REASON, *, actor: Actor, now: Utc
) -> Payment:
    """Cancel a payment: a sale with what was sold, unless that stays owed; else the payment alone.

    If the payment was for a plan given earlier, the subscription or pass stays and is owed again.

    Raises as `take_back` and `payments.take_back`; Invalid if nobody would owe what was sold.
    """
    row = db.get(PaymentRow, payment_id)
    if row is None or row.sold_id is None or paid_later(db, [row.id]):
        return payments.take_back(db, payment_id, why, actor=actor, now=now)
    if not why.keeps_sale:
        return take_back(db, payment_id, why, actor=actor, now=now)
    if PayerKey.of(row) == COUNTER:
        raise Invalid.of("keeps_sale", "nobody owes what was sold at the counter: cancel the sale")
    return payments.take_back(db, payment_id, why, actor=actor, now=now)


def _give_or_charge(
    db: Session, site_id: str, rate: OfferRate, sale: Sale, actor: Actor, now: Utc
) -> str:
    """Give or charge what is sold; return the id of the charge's source."""
    match rate:
        case PassRate():
            return _add_pass(db, site_id, rate, sale, actor, now)
        case SubscriptionRate():
            return _subscription(db, site_id, rate, sale, actor, now)
        case ArticleRate():
            return _article(db, site_id, rate, sale, actor, now)


def _article(
    db: Session, site_id: str, rate: ArticleRate, sale: Sale, actor: Actor, now: Utc
) -> str:
    new = NewCharge(
        article=rate.id, quantity=sale.quantity, member_id=sale.member_id, site_id=site_id
    )
    return charges.create(db, new, actor=actor, now=now).source_id


def _buyer(db: Session, site_id: str, sale: Sale) -> MemberRow:
    member = charges.require_member(db, site_id, sale.member_id)
    if member is None:
        raise Invalid.of("member_id", "required for a pass or a subscription")
    return member


def _subscription(
    db: Session, site_id: str, rate: SubscriptionRate, sale: Sale, actor: Actor, now: Utc
) -> str:
    """Subscribe the buyer for a year: from the end of the running subscription, or from now.

    Needs `members:write` too, as everywhere where a subscription is given.
    """
    member = _buyer(db, site_id, sale)
    period = subscriptions.next_year(db, member.id, rate.plan_id, months.zone_of(db, site_id), now)
    if period is None:
        raise Invalid.of("endless", "this member has this subscription without an end")
    start, end = period
    new = NewSubscription(
        member_id=member.id, plan_id=rate.plan_id, valid_from=start, valid_until=end
    )
    subscription = subscriptions.create(db, new, actor=actor, now=now)
    charges.derive_for(db, site_id, member, start, now)
    return subscription.id


def _add_pass(db: Session, site_id: str, rate: PassRate, sale: Sale, actor: Actor, now: Utc) -> str:
    member = _buyer(db, site_id, sale)
    new = NewPass(
        member_id=member.id,
        plan_id=rate.plan_id,
        kind=rate.pass_kind,
        units=rate.units,
        valid_from=now,
    )
    pass_ = passes.give(db, member, new, actor, now)
    charges.derive_for(db, site_id, member, now, now)
    return pass_.id
