"""Sell at the desk: what, to whom, and the means of payment; then show a numbered receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import (
    months,
    payers,
    payments,
    priced_items,
    sales,
    tariffs,
    till,
)
from controller.capabilities.billing.kinds import Means, SourceKind
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_TAKE
from controller.capabilities.billing.priced_items import Names
from controller.capabilities.billing.rates import ArticleRate, PassRate
from controller.capabilities.billing.sales import Sale, Unusual
from controller.capabilities.billing.shapes import Charge, Payment, TakeBack
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid
from webui.billing.pages import pages
from webui.billing.sheet import DUE_FIRST
from webui.billing.words_of import (
    MEANS_ICONS,
    calculation_text,
    count_of,
    euros,
    item_name,
    label,
    long_day,
    means_texts,
    pass_name,
    payer_name,
    rate_text,
)
from webui.context import context
from webui.guard import actor, is_allowed, site
from webui.i18n import _
from webui.i18n.dates import clock, month_name
from webui.members import namesakes
from webui.members.member_action import reason
from webui.navigation import DESK, Nav
from webui.undo import flash_done

SHOWN = 60
"""Sales of the day that the page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An article or a pass that can be sold."""

    place: int
    """The offer's position in the tariff, by which the form names it."""
    name: str
    price: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """A receipt in the list: what, how it was calculated, and how it was paid.

    It may also cancel another receipt.
    """

    id: str
    number: str
    clock: str
    what: str
    is_sale: bool
    """Whether it is a sale; otherwise it pays a statement."""
    how: str
    amount: str
    means: str
    icon: str
    who: str
    gone: str
    """Text that says by which receipt it was cancelled; empty: it was not."""
    undoes: str
    """Text that says which receipt it cancels; empty: none."""
    later: str
    """Text that says in which day's till it is counted, if not in that of its own day."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SalePage:
    """What the page shows: the form with its values and errors, and today's receipts."""

    offers: tuple[Offer, ...]
    typed: Mapping[str, str]
    wrong: Mapping[str, str]
    tariff: str
    once: str
    """Id of the form, so that sending it twice sells once."""
    people: tuple[tuple[str, str], ...]
    """Ids and names of the members to choose from, if several match the name."""
    means: tuple[tuple[str, str, str], ...]
    sure: str
    """An unusually high amount that has to be confirmed; empty: none."""
    today: tuple[SoldLine, ...]
    till: str
    """The day in whose till sales are counted, if today's till is closed; empty: today."""


@pages.get(
    "/sales",
    MONEY_TAKE,
    nav=Nav(
        entry=DESK,
        icon="shopping-basket",
        text=lambda: _("Sell"),
        place=10,
        also="sell sales shop boutique caisse till ventes",
        short=lambda: "" if is_allowed(Permission.DESK) else _("Sell"),
    ),
)
def sale() -> ResponseReturnValue:
    """Show the form."""
    return _form({"quantity": "1"}, {})


@pages.post("/sales", MONEY_TAKE)
def sell() -> ResponseReturnValue:
    """Record the sale and its payment, and go to the receipt."""
    typed = {key: text.strip() for key, text in request.form.items()}
    given = context()
    try:
        with given.database.edit() as db:
            new = _sale(typed, _person(typed, _choose(typed)))
            made = sales.sell(db, site().id, new, actor=actor(), now=given.clock())
    except Invalid as problem:
        found = _choose(typed)
        return _form(typed, _wrong(problem, several=bool(found)), found), 422
    except Forbidden:
        text = _(
            "You can’t sell to yourself, and an account that is not linked to a record can sell "
            "to a member only for cash. Ask a colleague at the desk to enter this sale."
        )
        return _form(typed, {"who": text}, _choose(typed)), 422
    except Unusual as problem:
        return _form(typed, {}, _choose(typed), sure=euros(problem.amount)), 422
    except Conflict:  # sent twice at once: the other request has just sold it
        with given.database.read() as db:
            other = payments.find_payment(db, site().id, form_id(typed))
        if other is None:
            raise
        made = other
    return redirect(url_for("money.receipt", payment=made.id), 303)


def form_id(typed: Mapping[str, str]) -> str | None:
    """Return the form's id; None if it is missing or invalid."""
    try:
        return str(UUID(typed.get("once", "")))
    except ValueError:
        return None


def _person(typed: Mapping[str, str], found: tuple[tuple[str, str], ...]) -> str | None:
    """Return the id of the chosen member, or of the only one with that name.

    None: the sale is to nobody in particular. Raises Invalid.
    """
    if chosen := typed.get("member_id"):
        return chosen
    if not typed.get("who"):
        return None
    if len(found) != 1:
        raise Invalid.of("who", "nobody, or several")
    return found[0][0]


def _choose(typed: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if not typed.get("who"):
        return ()
    with context().database.read() as db:
        found = dict(sales.find_members(db, site().id, typed["who"]))
        beside = namesakes.distinguishing_marks(db, found)
    return tuple(
        (key, f"{name} ({beside[key]})" if key in beside else name) for key, name in found.items()
    )


def _sale(typed: Mapping[str, str], member_id: str | None) -> Sale:
    quantity, place = typed.get("quantity", "1"), typed.get("place", "")
    if not (quantity.isascii() and quantity.isdecimal() and 0 < int(quantity[:7]) <= 100_000):
        raise Invalid.of("quantity", "a whole number")
    if not (place.isascii() and place.isdecimal() and len(place) < 5):
        raise Invalid.of("place", "choose one")
    if typed.get("means") not in Means._value2member_map_:
        raise Invalid.of("means", "choose one")
    tariff = typed.get("tariff", "")
    return Sale(
        place=int(place),
        quantity=int(quantity),
        member_id=member_id,
        means=Means(typed["means"]),
        tariff=int(tariff) if tariff.isascii() and tariff.isdecimal() else None,
        once=form_id(typed),
        is_sure=typed.get("sure") == "yes",
    )


def _wrong(problem: Invalid, *, several: bool) -> dict[str, str]:
    words = {
        "place": _("Choose an item."),
        "quantity": _("Enter a whole number from 1 to 100,000; passes are sold one at a time."),
        "who": _("Several people have that name: choose one.")
        if several
        else _(
            "Nobody has that name. To sell to an organisation, enter the name of one of its people."
        ),
        "member_id": _("A pass needs a name."),
        "means": _("Choose the payment method."),
    }
    return {error.field: words.get(error.field, words["place"]) for error in problem.errors}


def _form(
    typed: Mapping[str, str],
    wrong: Mapping[str, str],
    people: tuple[tuple[str, str], ...] = (),
    sure: str = "",
) -> str:
    now = context().clock()
    today = months.day_of(now, ZoneInfo(site().time_zone))
    with context().database.read() as db:
        open_day = till.open_day(db, site().id, today)
        made = payments.of_day(db, site().id, open_day, actor=actor(), at_most=SHOWN)
        lines = _lines(db, made)
        found = sales.find_offers(db, site().id, now)
        tariff = sales.tariff_of(db, site().id, now)
        names = priced_items.names(db, site().id, tariffs.of_site(db, site().id))
    words = means_texts()
    page = SalePage(
        offers=tuple(_offer(place, rate, names) for place, rate in found.items()),
        typed=typed,
        wrong=wrong,
        tariff=str(tariff or ""),
        once=form_id(typed) or str(uuid4()),
        people=people,
        means=tuple((kind.value, words[kind], MEANS_ICONS[kind]) for kind in Means),
        sure=sure,
        today=lines,
        till=long_day(open_day) if open_day != today else "",
    )
    return render_template("money/sale.html", page=page)


def _offer(place: int, rate: ArticleRate | PassRate, names: Names) -> Offer:
    if isinstance(rate, PassRate):
        called = label(names.get((SourceKind.PASS, rate.plan_id), {})) or rate.plan_id
        name = pass_name(called, rate.pass_kind, rate.units)
        return Offer(place=place, name=name, price=euros(rate.price_cents), unit="")
    name = label(names.get((SourceKind.ENTRY, rate.id), {}))
    unit = count_of(rate, rate.per)
    return Offer(place=place, name=name, price=rate_text(rate), unit=unit)


@pages.post("/sales/<payment>/take-back", MONEY_TAKE)
def take_back(payment: str) -> ResponseReturnValue:
    """Cancel a sale that was a mistake: both the payment and what was sold."""
    given = context()
    try:
        with given.database.edit() as db:
            why = TakeBack(reason=reason())
            made = sales.take_back_payment(db, payment, why, actor=actor(), now=given.clock())
            is_sale = bool(sales.charges_of(db, [made]))
    except Forbidden:
        flash(
            _("Only the treasurer can cancel somebody else’s sale, or a sale from another day."),
            "wrong",
        )
        return redirect(url_for("money.receipt", payment=payment), 303)
    except Invalid:
        flash(_("Enter a reason: the sale is somebody else’s, or its till is closed."), "wrong")
        return redirect(url_for("money.receipt", payment=payment), 303)
    except Conflict:
        flash(
            _(
                "This can no longer be cancelled: it has been cancelled or refunded already, or "
                "a day of the pass has been used."
            ),
            "wrong",
        )
        return redirect(url_for("money.receipt", payment=payment), 303)
    if is_sale:
        flash_done(_("Sale cancelled, with a reverse receipt."))
    else:
        flash_done(_("Payment cancelled: a reverse entry was recorded."))
    return redirect(url_for("money.receipt", payment=made.id), 303)


@pages.get("/sales/<payment>", MONEY_TAKE)
def receipt(payment: str) -> ResponseReturnValue:
    """Show a receipt, for printing or reading aloud."""
    now = context().clock()
    with context().database.read() as db:
        made = payments.receipt(db, payment, actor=actor())
        may, needs_reason = payments.may_take_back(db, payment, actor=actor(), now=now)
        (line,) = _lines(db, [made])
        stays = payments.final_payments(db, [made]) | sales.spent_passes(db, [made])
        is_open = made.id not in stays
    return render_template(
        "money/receipt.html",
        line=line,
        day=long_day(_local_day(made)),
        may_undo=may and is_open,
        is_open=is_open,
        needs_reason=needs_reason,
        is_due_first=made.amount_cents >= DUE_FIRST and is_allowed(MONEY_READ),
    )


def _lines(db: Session, made: Sequence[Payment]) -> tuple[SoldLine, ...]:
    """Return the receipts of these payments, as the list of the day shows them."""
    zone = ZoneInfo(site().time_zone)
    versions = tariffs.of_site(db, site().id)
    names = priced_items.names(db, site().id, versions)
    by_id = {version.id: version for version in versions}
    sold, standing = sales.charges_of(db, made), sales.payments_of_valid_sales(db, made)
    gone = payments.counters_of(db, [payment.id for payment in made])
    undone = {
        payment.counters: payments.receipt(db, payment.counters, actor=actor()).receipt
        for payment in made
        if payment.counters
    }
    payer_of = payers.shapes(db, [PayerKey.of(payment) for payment in made])
    found = []
    for payment in made:
        charge = sold.get(payment.id)
        tariff = by_id.get(charge.tariff_id or "") if charge else None
        payer = payer_of[PayerKey.of(payment)]
        later = payment.day != _local_day(payment)
        counter = gone.get(payment.id)
        found.append(
            SoldLine(
                id=payment.id,
                number=payment.receipt,
                clock=clock(payment.at, zone),
                what=item_name(charge, names, tariff) if charge else _statement_words(payment),
                is_sale=charge is not None,
                how=calculation_text(charge, tariff) if charge else "",
                amount=euros(payment.amount_cents),
                means=means_texts()[payment.means],
                icon=MEANS_ICONS[payment.means],
                who=payer_name(payer) if payer.id else "",
                gone=_gone(charge, counter, stands=payment.id in standing),
                undoes=_undoes(undone[payment.counters], stands=payment.id in standing)
                if payment.counters
                else "",
                later=_("Counted in the till of %(day)s.", day=long_day(payment.day))
                if later
                else "",
                reason=payment.reason or "",
            )
        )
    return tuple(found)


def _gone(charge: Charge | None, counter: Payment | None, *, stands: bool) -> str:
    if counter is None:
        return ""
    if stands:
        return _(
            "Payment cancelled by receipt %(n)s. The sale is not cancelled.", n=counter.receipt
        )
    if charge is None:
        return _("Payment cancelled by receipt %(n)s.", n=counter.receipt)
    return _("Sale cancelled by receipt %(n)s.", n=counter.receipt)


def _undoes(receipt: str, *, stands: bool) -> str:
    if stands:
        return _("Cancels the payment of receipt %(n)s. The sale is not cancelled.", n=receipt)
    return _("Cancels receipt %(n)s.", n=receipt)


def _statement_words(payment: Payment) -> str:
    month = month_name(payment.month)
    if payment.amount_cents < 0 and not payment.counters:
        return _("Statement: %(month)s, overpayment refunded", month=month)
    return _("Statement: %(month)s", month=month)


def _local_day(payment: Payment) -> date:
    return payment.at.astimezone(ZoneInfo(site().time_zone)).date()
