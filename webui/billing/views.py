"""What the page of a month shows: sums, payers, one open statement."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.billing import months
from controller.capabilities.billing.arrears import MonthOwed
from controller.capabilities.billing.kinds import FREE, Means, SourceKind, Why
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.priced_items import Names
from controller.capabilities.billing.shapes import Charge, Payment, Statement, Tariff
from controller.capabilities.billing.statements import PayerMonth
from controller.domain.locale.time import of_month
from webui.billing.formatting import (
    MEANS_ICONS,
    calculation_text,
    euros,
    in_field,
    item_name,
    means_texts,
    payer_name,
    set_off_text,
    short_day,
)
from webui.i18n import _, plural, translator
from webui.i18n.dates import month_beside, month_name
from webui.parts import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerLine:
    """A payer's statement as a line of the list."""

    key: str
    name: str
    beside: str
    """A mark that distinguishes a member from others of the same name; empty: the name is
    unique."""
    href: str
    number: str
    remitted: str
    machines: str
    materials: str
    plans: str
    total: str
    left: str
    """What is still owed or overpaid; empty: neither."""
    is_overpaid: bool
    upcoming: str
    """What is left to pay for bookings that have not begun; empty: nothing."""
    mark: str
    """Text about an unusual payment; empty: there is none."""
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLine:
    """A charge in the open statement."""

    id: str
    day: str
    what: str
    calculation: str
    tariff: str
    amount: str
    look: str
    """Style of the amount: `less`, `zero` or empty."""
    remission: str
    """The entry of a remission; empty: it is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLine:
    """A payment on a statement."""

    id: str
    day: str
    icon: str
    what: str
    amount: str
    is_sale: bool
    is_owed_again: bool
    """Whether the payment of a sale can be cancelled without the sale, which is then owed."""
    may_undo: bool
    may_cancel_sale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """The statement that is open in its row."""

    key: str
    lines: tuple[ChargeLine, ...]
    total: str
    vat: str
    paid: tuple[PaymentLine, ...]
    left: str
    left_plain: str
    """The amount owed or overpaid, without sign, as a form's initial value; empty: neither."""
    upcoming: str
    """What is left to pay for bookings that have not begun; empty: nothing."""
    is_due: bool
    can_be_paid: bool
    """Whether something is left to pay, also if it is not owed yet."""
    can_be_refunded: bool
    refund_means: tuple[Option, ...]
    is_overpaid: bool
    once: str
    """Id of the payment form, so that sending it twice records one payment."""
    may_unremit: bool
    """Whether remissions on this statement can be cancelled."""
    remittable: tuple[Option, ...]
    """Charges that can be reduced by a remission."""
    remission_note: str
    """Where a remission appears, if not on this statement."""
    set_off: tuple[str, str]
    """What a credit of this or another month pays: text and amount; empty: nothing."""


def payer_line(
    total: PayerMonth, month: str, number: str, only: str, beside: str, *, is_open: bool
) -> PayerLine:
    """Return the view of a payer's statement in the list."""
    kinds = total.by_kind
    plan_cents = kinds.get(SourceKind.PASS, 0) + kinds.get(SourceKind.SUBSCRIPTION, 0)
    used = kinds.get(SourceKind.SESSION, 0) + kinds.get(SourceKind.BOOKING, 0)
    key = str(total.key)
    opens = None if is_open else key
    return PayerLine(
        key=key,
        name=payer_name(total.payer),
        beside=beside,
        href=url_for("money.show", month=month, only=only, open=opens, _anchor=f"p-{key}"),
        number=number,
        remitted=euros(total.remitted_cents) if total.remitted_cents else "",
        machines=_without_sign(used),
        materials=_without_sign(kinds.get(SourceKind.ENTRY, 0)),
        plans=_without_sign(plan_cents),
        total=euros(total.total_cents),
        left=euros(abs(total.due_cents)) if total.due_cents else "",
        is_overpaid=total.due_cents < 0,
        upcoming=euros(total.upcoming_cents) if total.upcoming_cents else "",
        mark=_unusual_text(total),
        is_open=is_open,
    )


def _unusual_text(total: PayerMonth) -> str:
    if not total.is_unusual:
        return ""
    paid = euros(total.received_cents)
    if total.owed_cents:
        return _("%(amount)s paid: far more than was owed", amount=paid)
    return _("%(amount)s paid: nothing was owed", amount=paid)


def _without_sign(cents: int) -> str:
    """Return the amount without the currency sign; empty for zero."""
    return euros(cents).replace("€", "").strip() if cents else ""


def statement_view(
    statement: Statement,
    paid: Sequence[Payment],
    names: Names,
    versions: Mapping[str, Tariff],
    key: str,
    zone: ZoneInfo,
    *,
    remitted: Mapping[str, int] | None = None,
    remitted_in: str = "",
    refundable: Mapping[Means, int] = MappingProxyType({}),
    sold: Collection[str] = (),
    lasting: Collection[str] = (),
    spent: Collection[str] = (),
    reversed_ids: Collection[str] = (),
) -> StatementView:
    """Return the view of a statement; pairs that cancel each other in one month are left out.

    `remitted`: what was remitted of each source, for a reader who may grant remissions;
    `remitted_in`: the open month on whose statement they appear, if not on this one. `refundable`:
    the most that can be refunded by each means. `sold` are the ids of payments of sales, `lasting`
    those that can't be cancelled, `spent` those of passes with a used day. `reversed_ids`: charges
    that are reversed, also those on a later statement.
    """
    charges = without_reversals(statement.charges)
    due = statement.left_cents - statement.upcoming_cents
    left = _left_by_source(statement.charges, remitted or {})
    valid = [charge for charge in charges if charge.id not in reversed_ids]
    return StatementView(
        key=key,
        lines=tuple(_charge(charge, names, versions) for charge in charges),
        total=euros(statement.total_cents),
        vat=_vat(statement, versions),
        paid=tuple(_payment_line(payment, zone, sold, lasting, spent) for payment in paid),
        left=euros(abs(due)),
        left_plain=in_field(abs(due)) if due else "",
        upcoming=euros(statement.upcoming_cents) if statement.upcoming_cents else "",
        is_due=due > 0,
        can_be_paid=statement.payer.id is not None and statement.left_cents > 0,
        can_be_refunded=statement.payer.id is not None and any(refundable.values()),
        refund_means=tuple(_refund_means(refundable)),
        is_overpaid=due < 0,
        once=str(uuid4()),
        may_unremit=remitted is not None and not remitted_in,
        remittable=() if remitted is None else tuple(_remittable(valid, names, versions, left)),
        remission_note=_remission_note(remitted_in, owes=statement.left_cents > 0)
        if remitted_in
        else "",
        set_off=(set_off_text(statement.set_off_cents), euros(-statement.set_off_cents)),
    )


def _refund_means(most: Mapping[Means, int]) -> Iterator[Option]:
    """Yield the means of a refund with their maximum, the highest first."""
    words = means_texts()
    whole = most.get(Means.TRANSFER, 0)
    for kind in sorted(most, key=lambda kind: (-most[kind], kind is Means.TRANSFER)):
        if most[kind]:
            text = _("%(means)s, at most %(amount)s", means=words[kind], amount=euros(most[kind]))
            yield Option(value=kind.value, text=words[kind] if most[kind] == whole else text)


def without_reversals(charges: Sequence[Charge]) -> list[Charge]:
    """Return the charges without pairs that cancel each other."""
    cancelled_ids = {charge.counters for charge in charges if charge.counters}
    ids = {charge.id for charge in charges}
    return [
        charge
        for charge in charges
        if charge.id not in cancelled_ids
        and (charge.counters is None or charge.counters not in ids)
    ]


def _remittable(
    shown: Sequence[Charge], names: Names, versions: Mapping[str, Tariff], left: Mapping[str, int]
) -> Iterator[Option]:
    """Yield the charges that can still be reduced, with the highest amount."""
    for charge in shown:
        if charge.why is not Why.REMISSION and left[charge.source_id] > 0:
            what = item_name(charge, names, versions.get(charge.tariff_id or ""))
            text = f"{short_day(charge.day)} {what}, {euros(left[charge.source_id])}"
            yield Option(value=charge.id, text=text)


def _left_by_source(
    charges: Sequence[Charge], remitted_by_source: Mapping[str, int]
) -> dict[str, int]:
    """Return the amount of each source after cancellations and remissions, in cents."""
    left: defaultdict[str, int] = defaultdict(int)
    for charge in charges:
        left[charge.source_id] += charge.amount_cents
    return {source: cents - remitted_by_source.get(source, 0) for source, cents in left.items()}


def _remission_note(month: str, *, owes: bool) -> str:
    if not owes:
        return _(
            "This month is closed and paid: the remission becomes a line of the statement "
            "%(of_month)s, and is a credit there.",
            of_month=of_month(month, translator()),
        )
    return _(
        "This month is closed: the remission becomes a line of the statement %(of_month)s, and "
        "its credit pays what is still owed here.",
        of_month=of_month(month, translator()),
    )


def _charge(charge: Charge, names: Names, versions: Mapping[str, Tariff]) -> ChargeLine:
    tariff = versions.get(charge.tariff_id or "")
    free = charge.why in FREE
    is_remission = charge.why is Why.REMISSION and charge.counters is None
    return ChargeLine(
        id=charge.id,
        day=short_day(charge.day),
        what=item_name(charge, names, tariff),
        calculation=calculation_text(charge, tariff),
        tariff=_("tariff %(n)s", n=tariff.number)
        if tariff and charge.why is not Why.REMISSION
        else "",
        amount=_("not charged") if free else euros(charge.amount_cents),
        look="zero" if free else "less" if charge.amount_cents < 0 else "",
        remission=charge.source_id if is_remission else "",
    )


def _vat(statement: Statement, versions: Mapping[str, Tariff]) -> str:
    if statement.vat_cents:
        return _("of which VAT %(amount)s", amount=euros(statement.vat_cents))
    grounds = {
        versions[charge.tariff_id].vat_ground for charge in statement.charges if charge.tariff_id
    }
    return ", ".join(sorted(grounds))


def _payment_line(
    payment: Payment,
    zone: ZoneInfo,
    sold: Collection[str],
    lasting: Collection[str],
    spent: Collection[str],
) -> PaymentLine:
    word = means_texts()[payment.means]
    text = _("%(means)s, receipt %(receipt)s", means=word, receipt=payment.receipt)
    if payment.counters:
        text = _("%(what)s: cancellation", what=text)
    elif payment.amount_cents < 0:
        text = _("%(what)s: refund, %(reason)s", what=text, reason=payment.reason or "")
    elif payment.reference:
        text = f"{text}, {payment.reference}"
    return PaymentLine(
        id=payment.id,
        day=short_day(months.day_of(payment.at, zone)),
        icon=MEANS_ICONS[payment.means],
        what=text,
        amount=euros(-payment.amount_cents),
        is_sale=payment.id in sold,
        is_owed_again=payment.id in sold and bool(PayerKey.of(payment).id),
        may_undo=payment.id not in lasting,
        may_cancel_sale=payment.id not in spent,
    )


def count_text(n: int) -> str:
    """Return a number of statements as text."""
    return plural("%(n)s statement", "%(n)s statements", n)


def earlier_debt(debt: MonthOwed) -> tuple[str, str]:
    """Return the amount still owed for a month as text, and the address of these statements."""
    text = _(
        "%(month)s: %(amount)s still owed, %(statements)s",
        month=month_name(debt.month).capitalize(),
        amount=euros(debt.cents),
        statements=count_text(debt.statements),
    )
    return text, url_for("money.show", month=debt.month, only="due")


def neighbouring_months(month: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the months before and after, with their addresses."""
    neighbours = [months.month_after(month, by) for by in (-1, 1)]
    before, later = [
        (month_beside(key, month), url_for("money.show", month=key)) for key in neighbours
    ]
    return before, later
