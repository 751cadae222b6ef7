"""Sell at the desk: what, to whom, and the means of payment; a numbered receipt follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import (
    months,
    payments,
    pending_charges,
    priced_items,
    sales,
    tariffs,
    till,
    unpaid_plans,
)
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_TAKE
from controller.capabilities.billing.rates import ArticleRate, PassRate, SubscriptionRate
from controller.capabilities.billing.sales import Sale, StillUnpaid, Unusual
from controller.capabilities.billing.shapes import Payment
from controller.capabilities.members.changes import AlreadyLeft
from controller.capabilities.plans import subscriptions
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid
from webui.billing.formatting import euros, long_day
from webui.billing.pages import pages
from webui.billing.sale_view import (
    BESIDE,
    MANY_OFFERS,
    PAYS,
    Offer,
    Ticket,
    UnpaidLine,
    already_owed_text,
    offer,
    quantity_error,
    read_quantity,
    shelves,
    unpaid_line,
)
from webui.billing.sold_lines import SoldLine, sold_lines
from webui.context import context
from webui.guard import actor, is_allowed, is_htmx_request, site, site_zone
from webui.i18n import _
from webui.i18n.dates import day, last_day
from webui.members import namesakes
from webui.members.member_action import has_left
from webui.navigation import DESK, Nav

SHOWN = 60
"""Sales of the till that the page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SalePage:
    """What the page shows: the articles, the sale with its values and errors, the receipts."""

    shelves: tuple[tuple[str, tuple[Offer, ...]], ...]
    subscriptions_note: str
    """Who sells subscriptions, if the tariff has some and the reader may not; empty otherwise."""
    is_long: bool
    """Whether there are so many articles that a search field is shown."""
    ticket: Ticket
    tariff: str
    once: str
    """Id of the form, so that sending it twice sells once."""
    lines: tuple[SoldLine, ...]
    count: int | None
    """The number of sales in the till, and `sum` their total; None: there are more than are
    shown."""
    sum: str
    till: str
    """What the whole till comes to; empty: the reader may not see it, or it is closed."""


@pages.get(
    "/sales",
    MONEY_TAKE,
    nav=Nav(
        entry=DESK,
        icon="shopping-basket",
        text=lambda: _("Sell"),
        place=10,
        also="sell vendre sales shop boutique caisse till ventes pay encaisser",
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
    web = context()
    try:
        with web.database.edit() as db:
            new = _sale(typed, _person(typed, _choose(typed)))
            payment = _try_to_sell(db, new, web.clock())
    except Invalid as problem:
        members = _choose(typed)
        return _form(typed, _field_errors(problem, several=bool(members)), members), 422
    except AlreadyLeft:
        return _form(typed, {"who": has_left()}, _choose(typed)), 422
    except Forbidden:
        text = _(
            "You can’t sell to yourself, and an account that is not linked to a record can sell "
            "to a member only for cash. Ask a colleague at the desk to enter this sale."
        )
        return _form(typed, {"who": text}, _choose(typed)), 422
    except Unusual as problem:
        return _form(typed, {}, _choose(typed), sure=euros(problem.amount)), 422
    except Conflict:  # sent twice at once: the other request has just sold it
        with web.database.read() as db:
            other = payments.find_payment(db, site().id, form_id(typed))
        if other is None:
            raise
        payment = other
    if payment is None:
        text = _("Nothing is recorded yet: choose what is being paid for.")
        if new.pays:
            text = _("Nothing is recorded yet: what is left to pay has just changed.")
        return _form(typed, {"unpaid": text}, _choose(typed)), 422
    return redirect(url_for("money.receipt", payment=payment.id), 303)


def _try_to_sell(db: Session, new: Sale, now: Utc) -> Payment | None:
    """Return the payment; None: the buyer has an unpaid plan, and must choose which plan to pay."""
    try:
        return sales.sell(db, site().id, new, actor=actor(), now=now)
    except StillUnpaid:
        return None


@pages.post("/sales/total", MONEY_TAKE)
def total() -> ResponseReturnValue:
    """Show what the sale comes to while it is put together; nothing is recorded."""
    if not is_htmx_request():
        return redirect(url_for("money.sale"), 303)
    typed = {key: text.strip() for key, text in request.form.items()}
    members = _choose(typed) if is_allowed(Permission.MEMBERS_READ) else ()
    now = context().clock()
    with context().database.read() as db:
        ticket = _ticket(db, typed, _offers(db, now), members, now)
    return render_template("money/ticket.html", ticket=ticket, is_live=True)


def form_id(typed: Mapping[str, str]) -> str | None:
    """Return the form's id; None if it is missing or invalid."""
    try:
        return str(UUID(typed.get("once", "")))
    except ValueError:
        return None


def _person(typed: Mapping[str, str], members: tuple[tuple[str, str], ...]) -> str | None:
    """Return the id of the chosen member, or of the only one with that name.

    None: the sale is to nobody in particular. Raises Invalid.
    """
    if chosen := typed.get("member_id"):
        return chosen
    if not typed.get("who"):
        return None
    if len(members) != 1:
        raise Invalid.of("who", "nobody, or several")
    return members[0][0]


def _choose(typed: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if not typed.get("who"):
        return ()
    with context().database.read() as db:
        names = dict(sales.find_members(db, site().id, typed["who"]))
        marks = namesakes.distinguishing_marks(db, names)
    return tuple(
        (key, f"{name} ({marks[key]})" if key in marks else name) for key, name in names.items()
    )


def _sale(typed: Mapping[str, str], member_id: str | None) -> Sale:
    quantity, place = read_quantity(typed), typed.get("place", "")
    if quantity is None:
        raise Invalid.of("quantity", "a whole number")
    if not (place.isascii() and place.isdecimal() and len(place) < 5):
        raise Invalid.of("place", "choose one")
    if typed.get("means") not in Means._value2member_map_:
        raise Invalid.of("means", "choose one")
    tariff = typed.get("tariff", "")
    pays, _colon, left = (_after_prefix(PAYS, typed.get("unpaid", "")) or "").partition(":")
    return Sale(
        place=int(place),
        quantity=quantity,
        member_id=member_id,
        means=Means(typed["means"]),
        tariff=int(tariff) if tariff.isascii() and tariff.isdecimal() else None,
        once=form_id(typed),
        is_sure=typed.get("sure") == "yes",
        pays=pays or None,
        left_cents=int(left) if left.isascii() and left.isdecimal() and len(left) < 10 else None,
        beside=_after_prefix(BESIDE, typed.get("unpaid", "")),
    )


def _after_prefix(prefix: str, text: str) -> str | None:
    return text.removeprefix(prefix) if text.startswith(prefix) else None


def _field_errors(problem: Invalid, *, several: bool) -> dict[str, str]:
    words = {
        "place": _("Choose an item."),
        "tariff": _("The prices have just changed: check this item’s price, then try again."),
        "quantity": quantity_error(),
        "who": _("Several people have that name: choose one.")
        if several
        else _(
            "Nobody has that name. A sale at the counter is in a person’s name: an organisation "
            "pays on its statement, for what its people use on its behalf."
        ),
        "member_id": _("A pass or a subscription needs a name."),
        "endless": _("This person has this subscription already, without an end."),
        "price": _(
            "On the day on which it begins, another price is valid: give it on the person’s "
            "record, which charges it on their statement."
        ),
        "means": _("Choose the payment method."),
        "pays": _("This is paid already, or it is somebody else’s: check the sale."),
    }
    shown_at = {"endless": "who", "price": "place", "tariff": "place", "pays": "unpaid"}
    return {
        shown_at.get(error.field, error.field): words.get(error.field, words["place"])
        for error in problem.errors
    }


def _form(
    typed: Mapping[str, str],
    wrong: Mapping[str, str],
    people: tuple[tuple[str, str], ...] = (),
    sure: str = "",
) -> str:
    now, may_count = context().clock(), is_allowed(MONEY_READ)
    with context().database.read() as db:
        offers, note = _offers(db, now), _subscriptions_note(db, now)
        ticket = _ticket(db, typed, offers, people, now, wrong=wrong, sure=sure)
        open_day = till.open_day(db, site().id, _today(now))
        since = till.first_uncounted(db, site().id, open_day)
        sales_of_till = payments.sales_of_days(
            db, site().id, since, open_day, actor=actor(), at_most=SHOWN
        )
        lines = sold_lines(db, sales_of_till, open_day)
        valid_cents = [
            payment.amount_cents
            for payment, line in zip(sales_of_till, lines, strict=True)
            if not line.cancelled_by and not line.cancels
        ]
        tariff = sales.tariff_of(db, site().id, now)
        whole_till = _whole_till(db, now) if may_count and open_day == _today(now) else ""
    page = SalePage(
        shelves=shelves(offers),
        subscriptions_note=note,
        is_long=len(offers) >= MANY_OFFERS,
        ticket=ticket,
        tariff=str(tariff or ""),
        once=form_id(typed) or str(uuid4()),
        lines=lines,
        count=len(valid_cents) if len(sales_of_till) < SHOWN else None,
        sum=euros(sum(valid_cents)),
        till=whole_till,
    )
    return render_template("money/sale.html", page=page, ticket=page.ticket, may_count=may_count)


def _whole_till(db: Session, now: Utc) -> str:
    """Return what was paid since the till was counted, as Statements shows it; empty if nothing."""
    today = _today(now)
    since = till.first_uncounted(db, site().id, today)
    means = till.till_of_day(db, site().id, today, since=since, actor=actor()).means
    if not means:
        return ""
    return euros(sum(total for _count, total in means.values()))


def _today(now: Utc) -> date:
    return months.day_of(now, site_zone())


def _closed_till(db: Session, now: Utc) -> str:
    """Return the day in whose till a sale is counted, if today's is closed; else nothing."""
    open_day = till.open_day(db, site().id, _today(now))
    return long_day(open_day) if open_day != _today(now) else ""


def _offers(db: Session, now: Utc) -> tuple[Offer, ...]:
    rates = sales.find_offers(db, site().id, now)
    if not is_allowed(Permission.MEMBERS_WRITE):
        rates = {n: rate for n, rate in rates.items() if not isinstance(rate, SubscriptionRate)}
    names = priced_items.names(db, site().id, tariffs.of_site(db, site().id))
    return tuple(offer(place, rate, names) for place, rate in rates.items())


def _subscriptions_note(db: Session, now: Utc) -> str:
    """Return who sells the subscriptions that `_offers` leaves out; empty if it leaves out none."""
    rates = sales.find_offers(db, site().id, now).values()
    if is_allowed(Permission.MEMBERS_WRITE) or not any(
        isinstance(rate, SubscriptionRate) for rate in rates
    ):
        return ""
    return _(
        "Subscriptions are sold by the desk or a manager. If the person has one already, note its "
        "payment on their statement."
    )


def _ticket(
    db: Session,
    typed: Mapping[str, str],
    offers: Sequence[Offer],
    people: tuple[tuple[str, str], ...],
    now: Utc,
    **rest: Any,
) -> Ticket:
    chosen = next((it for it in offers if str(it.place) == typed.get("place")), None)
    unpaid, already = None, ""
    if chosen is not None:
        keys = [key for key, _name in people]
        buyer = keys[0] if len(keys) == 1 else typed.get("member_id", "")
        if buyer in keys:
            unpaid, already = _unpaid_line(db, chosen, buyer, now), _already(db, chosen, buyer, now)
    return Ticket(
        chosen=chosen,
        typed=typed,
        people=people,
        till=_closed_till(db, now),
        unpaid=unpaid,
        already=already,
        **rest,
    )


def _already(db: Session, chosen: Offer, buyer: str, now: Utc) -> str:
    """Return until when the buyer has this subscription and when the new year would be, or what
    they owe for this article."""
    rate, zone = chosen.rate, site_zone()
    if isinstance(rate, ArticleRate):
        owed = unpaid_plans.first_owed_article(db, site().id, buyer, rate.id, now)
        return already_owed_text(*owed) if owed else ""
    if uncounted := _uncounted(db, rate, buyer, now):
        return uncounted
    if not isinstance(rate, SubscriptionRate):
        return ""
    year = subscriptions.next_year(db, buyer, rate.plan_id, zone, now)
    if year is None:
        return _("This person has this subscription already, without an end.")
    if year[0] <= now:
        return ""
    return _(
        "This person has it already, until %(end)s. The new year would run from %(start)s to "
        "%(until)s.",
        end=last_day(year[0], now, zone),
        start=day(year[0], now, zone),
        until=last_day(year[1], now, zone),
    )


def _uncounted(db: Session, rate: SubscriptionRate | PassRate, buyer: str, now: Utc) -> str:
    """Return that the buyer was given this a moment ago and that its charge follows; or empty."""
    given = unpaid_plans.current_periods(db, buyer, rate, now)
    if all(unpaid_plans.is_sold(db, key, buyer) for key in given):
        return ""
    cents = pending_charges.pending_cents(db, site().id, buyer, now)
    if not cents:
        return ""
    return _(
        "This person has it already, and %(amount)s is not counted yet. Choose how it is paid: the "
        "page then asks whether that is what is paid.",
        amount=euros(cents),
    )


def _unpaid_line(db: Session, chosen: Offer, buyer: str, now: Utc) -> UnpaidLine | None:
    rate, zone = chosen.rate, site_zone()
    if isinstance(rate, ArticleRate):
        return None
    unpaid = unpaid_plans.first_unpaid(db, site().id, buyer, rate, now)
    if unpaid is None:
        return None
    if isinstance(rate, PassRate):
        return unpaid_line(unpaid, _("Sell another one: %(price)s", price=chosen.price), now, zone)
    year = subscriptions.next_year(db, buyer, rate.plan_id, zone, now)
    if year is None:
        return unpaid_line(unpaid, "", now, zone)
    end = last_day(year[1], now, zone)
    text = _("Sell another year, until %(day)s: %(price)s", day=end, price=chosen.price)
    return unpaid_line(unpaid, text, now, zone)
