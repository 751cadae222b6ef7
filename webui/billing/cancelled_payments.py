"""Cancelled payments of some days, for the treasurer's page."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.billing import cancellations, priced_items, sales, tariffs
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Session
from webui.billing.formatting import euros, item_name, means_texts, near_day
from webui.i18n import _, plural
from webui.i18n.dates import clock, month_name


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledPaymentLine:
    """A payment that cancels another one."""

    when: str
    what: str
    means: str
    amount: str
    by: str
    reason: str
    href: str
    """Address of the receipt that it cancels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledPaymentList:
    """The lines of some days, the highest amounts first."""

    lines: tuple[CancelledPaymentLine, ...] = ()
    counts: str = ""
    """How many there are and their total; of cancelled refunds apart."""
    all_in_all: str = ""
    """`counts`, if not all are shown."""
    has_payments: bool = False
    has_refunds: bool = False


def days_list(
    db: Session, site_id: str, since: date, until: date, zone: ZoneInfo, *, actor: Actor
) -> CancelledPaymentList:
    """Return the payments that were cancelled on these days, and their sum."""
    payments = cancellations.of_days(db, site_id, since, until, actor=actor)
    if not payments.highest:
        return CancelledPaymentList()
    count = plural(
        "%(n)s cancellation: %(amount)s",
        "%(n)s cancellations: %(amount)s",
        payments.count,
        amount=euros(payments.cents),
    )
    refunds = plural(
        "%(n)s cancelled refund: %(amount)s",
        "%(n)s cancelled refunds: %(amount)s",
        payments.refund_count,
        amount=euros(payments.refund_cents),
    )
    numbers = {count: payments.count, refunds: payments.refund_count}
    counts = " · ".join(text for text, number in numbers.items() if number)
    is_cut = sum(numbers.values()) > len(payments.highest)
    return CancelledPaymentList(
        lines=_lines(db, site_id, payments.highest, zone, until if since == until else None),
        counts=counts,
        all_in_all=_(
            "%(counts)s; the %(shown)s highest amounts are listed.",
            counts=counts,
            shown=len(payments.highest),
        )
        if is_cut
        else "",
        has_payments=payments.count > 0,
        has_refunds=payments.refund_count > 0,
    )


def _lines(
    db: Session,
    site_id: str,
    entries: list[cancellations.Cancellation],
    zone: ZoneInfo,
    day: date | None,
) -> tuple[CancelledPaymentLine, ...]:
    """Return the lines, with the time alone if it is of `day`."""
    sale_charges = sales.charges_of(db, [entry.payment for entry in entries])
    versions = tariffs.of_site(db, site_id)
    names, by_id = (
        priced_items.names(db, site_id, versions),
        {version.id: version for version in versions},
    )
    words = means_texts()
    return tuple(
        CancelledPaymentLine(
            when=_time_text(entry.payment.at, zone, day),
            what=item_name(charge, names, by_id.get(charge.tariff_id or ""))
            if (charge := sale_charges.get(entry.payment.id))
            else _("Statement: %(month)s", month=month_name(entry.payment.month)),
            means=words[entry.payment.means],
            amount=euros(entry.payment.amount_cents),
            by=entry.by or "",
            reason=entry.payment.reason or "",
            href=url_for("money.receipt", payment=entry.payment.counters),
        )
        for entry in entries
    )


def _time_text(at: Utc, zone: ZoneInfo, day: date | None) -> str:
    on, time = at.astimezone(zone).date(), clock(at, zone)
    if on == day:
        return time
    return _("%(day)s, %(time)s", day=near_day(on), time=time)
