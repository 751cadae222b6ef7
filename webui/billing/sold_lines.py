"""The receipts of sales and payments, as the list of the day and the receipt show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.billing import months, payers, payments, priced_items, sales, tariffs
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.shapes import Charge, Payment, Tariff
from controller.capabilities.billing.unpaid_plans import paid_later
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.billing.formatting import (
    MEANS_ICONS,
    calculation_text,
    euros,
    item_name,
    long_day,
    means_texts,
    near_day,
    payer_name,
)
from webui.guard import actor, site, site_zone
from webui.i18n import _
from webui.i18n.dates import clock, month_name


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """A receipt in the list: what, how it was calculated, and how it was paid.

    It may also cancel another receipt.
    """

    id: str
    number: str
    clock: str
    day: str
    """The till's day, unless it is the one of the list."""
    what: str
    is_sale: bool
    """Whether it is a sale; otherwise it pays a statement, or a plan that was given earlier."""
    calculation: str
    amount: str
    means: str
    icon: str
    who: str
    cancelled_by: str
    """Text that says by which receipt it was cancelled; empty: it was not."""
    cancels: str
    """Text that says which receipt it cancels; empty: none."""
    other_till: str
    """Text that says in which day's till it is counted, if not in that of its own day."""
    reason: str
    may_cancel: bool = False
    """Whether the reader can cancel it at once: it is their own and its till is open."""


def sold_lines(db: Session, listed: Sequence[Payment], day: date) -> tuple[SoldLine, ...]:
    """Return the receipts of these payments, as the list of the till shows them on a day."""
    zone = site_zone()
    versions = tariffs.of_site(db, site().id)
    names = priced_items.names(db, site().id, versions)
    by_id = {version.id: version for version in versions}
    sale_charges = sales.charges_of(db, listed)
    valid_sales = sales.payments_of_valid_sales(db, listed)
    ends = sales.last_days(db, listed)
    cancelling = payments.cancelling_payments(db, [payment.id for payment in listed])
    not_cancellable = payments.final_payments(db, listed) | sales.spent_passes(db, listed)
    cancellable = payments.noted_by(db, listed, actor(), day) - not_cancellable
    cancelled = payments.cancelled_payments(db, listed)
    payer_of = payers.shapes(db, [PayerKey.of(payment) for payment in listed])
    lines = []
    later_paid = paid_later(db, [payment.counters or payment.id for payment in listed])
    for payment in listed:
        is_sale = payment.id in sale_charges and (payment.counters or payment.id) not in later_paid
        sale_stands = is_sale and payment.id in valid_sales
        charge = sale_charges.get(payment.id)
        tariff = by_id.get(charge.tariff_id or "") if charge else None
        payer = payer_of[PayerKey.of(payment)]
        is_other_till = payment.day != local_day(payment)
        reversal = cancelling.get(payment.id)
        lines.append(
            SoldLine(
                id=payment.id,
                number=payment.receipt,
                clock=clock(payment.at, zone),
                day=near_day(payment.day) if payment.day != day else "",
                what=item_name(charge, names, tariff) if charge else _statement_words(payment),
                is_sale=is_sale,
                calculation=_calculation_or_end(charge, tariff, ends.get(payment.id), zone)
                if charge
                else "",
                amount=euros(payment.amount_cents),
                means=means_texts()[payment.means],
                icon=MEANS_ICONS[payment.means],
                who=payer_name(payer) if payer.id else "",
                cancelled_by=_cancelled_by_text(reversal, is_sale=is_sale, stands=sale_stands),
                cancels=_cancels_text(cancelled[payment.counters].receipt, stands=sale_stands)
                if payment.counters
                else "",
                other_till=_("Counted in the till of %(day)s.", day=long_day(payment.day))
                if is_other_till
                else "",
                reason=payment.reason or "",
                may_cancel=payment.id in cancellable,
            )
        )
    return tuple(lines)


def cancelled_text(line: SoldLine, *, is_sale: bool) -> str:
    """Return the message after a receipt was cancelled, which names it."""
    if is_sale:
        return _(
            "Sale cancelled, with a reverse receipt: %(what)s, %(amount)s (receipt %(n)s).",
            what=line.what,
            amount=line.amount,
            n=line.number,
        )
    return _(
        "Payment cancelled: %(amount)s (receipt %(n)s). A reverse entry was recorded.",
        amount=line.amount,
        n=line.number,
    )


def _calculation_or_end(
    charge: Charge, tariff: Tariff | None, end: Utc | None, zone: ZoneInfo
) -> str:
    if end is None:
        return calculation_text(charge, tariff)
    return _(
        "until %(day)s", day=long_day(months.day_of(Utc.of(end - timedelta(milliseconds=1)), zone))
    )


def _cancelled_by_text(reversal: Payment | None, *, is_sale: bool, stands: bool) -> str:
    if reversal is None:
        return ""
    if stands:
        return _(
            "Payment cancelled by receipt %(n)s. The sale is not cancelled.", n=reversal.receipt
        )
    if not is_sale:
        return _("Payment cancelled by receipt %(n)s.", n=reversal.receipt)
    return _("Sale cancelled by receipt %(n)s.", n=reversal.receipt)


def _cancels_text(receipt: str, *, stands: bool) -> str:
    if stands:
        return _("Cancels the payment of receipt %(n)s. The sale is not cancelled.", n=receipt)
    return _("Cancels receipt %(n)s.", n=receipt)


def _statement_words(payment: Payment) -> str:
    month = month_name(payment.month)
    if payment.amount_cents < 0 and not payment.counters:
        return _("Statement: %(month)s, overpayment refunded", month=month)
    return _("Statement: %(month)s", month=month)


def local_day(payment: Payment) -> date:
    """Return the day on which the payment was noted."""
    return payment.at.astimezone(site_zone()).date()
