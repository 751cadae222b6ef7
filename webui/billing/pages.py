"""The *Statements* page: a month by payer, one statement open in its row, and the till."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import (
    arrears,
    item_details,
    ledger,
    months,
    payments,
    priced_items,
    remissions,
    sales,
    statements,
    tariffs,
)
from controller.capabilities.billing.cents import format_amount, parse_amount
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_WRITE
from controller.capabilities.billing.points import SHOWN, before_closing
from controller.capabilities.billing.review_points import ReviewReason
from controller.capabilities.billing.shapes import PayerKind
from controller.capabilities.billing.statements import Obstacle, PayerMonth
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Invalid, NotFound
from controller.kernel.slugs import slug_of
from webui.billing.formatting import euros, in_field, means_texts, payer_name
from webui.billing.payer_marks import payer_marks
from webui.billing.points_view import PointLine, obstacle_words, point_line
from webui.billing.refusals import refused_text
from webui.billing.till_view import TillView, read_till
from webui.billing.views import (
    PayerLine,
    StatementView,
    count_text,
    earlier_debt,
    neighbouring_months,
    payer_line,
    statement_view,
)
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, plural
from webui.i18n.dates import month_name
from webui.navigation import MONEY, Nav
from webui.parts import Option

PAGE_SIZE = 60
"""Payers on one page."""
EARLIER = 3
"""Earlier months for which something is still owed."""

pages = Pages("money", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPage:
    """What the page of a month shows."""

    month: str
    name: str
    before: tuple[str, str]
    """Name and address of the month before; `later` of the month after."""
    later: tuple[str, str]
    is_closed: bool
    is_to_come: bool
    """Whether the month has not begun."""
    is_over: bool
    """Whether its last day is past."""
    may_close: bool
    earlier: tuple[tuple[str, str], ...]
    """What is still owed of the last months before it, with addresses; for the current month."""
    sums: tuple[tuple[str, str, str], ...]
    """For each sum: title, amount, further text."""
    obstacle: tuple[str, str] | None
    """Why the month can't be closed and what to do; None: nothing prevents it."""
    points: tuple[PointLine, ...]
    """What should be checked before closing."""
    folded_points: tuple[PointLine, ...]
    freeze: str
    """Text on what closing the month does."""
    closing: tuple[str, str]
    """The confirmation of closing: the total as text and as plain number; empty unless
    requested."""
    only: str
    """The chosen filter: `all`, `due`, `upcoming`, `paid` or `over`."""
    filters: tuple[tuple[str, str, int], ...]
    """For each filter: value, label, number of payers."""
    lines: tuple[PayerLine, ...]
    more: int | None
    """Number of the first payer on the next page; None: this is the last page."""
    opened: StatementView | None
    till: TillView
    refused: str
    """Why nothing was recorded, if the form that would say it is gone; empty: nothing to say."""
    sure: str
    """A payment above the amount owed, which has to be confirmed; empty: none."""
    sure_text: str
    sure_typed: str
    typed: Mapping[str, str]
    """Values of the form that is shown again after an error."""
    means: tuple[Option, ...]
    may_write: bool


@pages.get(
    "/statements",
    MONEY_READ,
    nav=Nav(
        entry=MONEY,
        text=lambda: _("Statements"),
        also="statements relevés invoices billing money factures facturation facturer argent "
        "paiements payments payer",
        short=lambda: "" if is_allowed(Permission.DESK) else MONEY.text(),
    ),
)
def show() -> ResponseReturnValue:
    """Show a month by payer, with one statement open if the address says so."""
    month = month_in_address(request.args.get("month"))
    return render_template("money/statements.html", page=month_page(month))


KEPT_FIELDS = (
    "amount",
    "charge",
    "counted",
    "difference",
    "float",
    "means",
    "reason",
    "reference",
    "why",
)
"""Fields of forms that are shown again with their values."""


def month_in_address(text: str | None) -> str:
    """Return the month in the address, by default the current one; 404 if it is invalid."""
    if text is None:
        day = months.day_of(context().clock(), site_zone())
        return months.month_of(day)
    try:
        return months.require_month(text)
    except Invalid:
        abort(404)


_PRINTS = (ReviewReason.UNTOLD, ReviewReason.WEIGHT, ReviewReason.PRINTING)
"""Points that stand last, as they may be many."""


def month_page(month: str) -> MonthPage:
    """Read everything that the page shows, in one transaction."""
    place, who, now = site(), actor(), context().clock()
    zone = site_zone()
    with context().database.read() as db:
        totals = statements.sums(db, place.id, month, actor=who, now=now)
        numbers = statements.numbers_by_payer(db, place.id, month)
        problem = statements.obstacle(db, place.id, month, now)
        closed = problem is Obstacle.CLOSED
        points = [] if closed else before_closing(db, place.id, month, totals, now)
        points.sort(key=lambda point: point.missing in _PRINTS)
        details = item_details.of_points(db, points, actor=who)
        lines = tuple(point_line(point, month, now, zone, details) for point in points)
        open_statement = _open_statement(db, month, now)
        earlier = _earlier_debts(db, month, now)
        shown_till = read_till(db, month, zone, now)
        marks = payer_marks(db, [total.payer for total in totals])
    stated = [total for total in totals if total.is_stated]
    only, sure = request.args.get("only", "all"), request.args.get("sure", "")[:12]
    form = request.args.get("form", "")
    selected = sorted(_with_state(totals, only), key=_list_order)
    start = _start([str(total.key) for total in selected], open_statement)
    totals_on_page = selected[start : start + PAGE_SIZE]
    return MonthPage(
        month=month,
        name=month_name(month),
        before=neighbouring_months(month)[0],
        later=neighbouring_months(month)[1],
        is_closed=closed,
        is_to_come=month > months.month_of(months.day_of(now, zone)),
        is_over=problem is not Obstacle.NOT_OVER,
        may_close=problem in (None, Obstacle.BEHIND),
        earlier=earlier,
        sums=_sums(totals),
        obstacle=obstacle_words(problem, month) if problem else None,
        points=lines[:SHOWN],
        folded_points=lines[SHOWN:],
        freeze=_freeze(stated, month),
        closing=_closing(stated, len(points)) if "closing" in request.args else ("", ""),
        only=only,
        filters=_filters(totals),
        lines=tuple(
            payer_line(
                total,
                month,
                numbers.get(total.key, ""),
                only,
                marks.get(total.key, ""),
                is_open=open_statement is not None and open_statement.key == str(total.key),
            )
            for total in totals_on_page
        ),
        more=start + PAGE_SIZE if start + PAGE_SIZE < len(selected) else None,
        opened=open_statement,
        till=shown_till,
        refused="" if sure else refused_text(form, open_statement, shown_till),
        sure=sure,
        sure_text=euros(parse_amount(sure) or 0),
        sure_typed=in_field(parse_amount(sure) or 0),
        typed={name: request.args.get(name, "")[:400] for name in (*KEPT_FIELDS, "form", "most")},
        means=tuple(Option(value=key.value, text=text) for key, text in means_texts().items()),
        may_write=is_allowed(MONEY_WRITE),
    )


def _earlier_debts(db: Session, month: str, now: Utc) -> tuple[tuple[str, str], ...]:
    if month != months.current_month(db, site().id, now):
        return ()
    owed = arrears.by_month(db, site().id, actor=actor(), now=now)
    before = [debt for debt in owed if debt.month < month][-EARLIER:]
    return tuple(earlier_debt(debt) for debt in reversed(before))


def _open_statement(db: Session, month: str, now: Utc) -> StatementView | None:
    key = PayerKey.parse(request.args.get("open", ""))
    if key is None:
        return None
    try:
        statement = statements.get_for_payer(db, site().id, month, key, actor=actor(), now=now)
    except NotFound:
        return None
    versions = tariffs.of_site(db, site().id)
    paid = payments.of_statement(db, site().id, month, key)
    is_to_come = month > months.current_month(db, site().id, now)
    refundable = {} if is_to_come else payments.refundable(db, site().id, month, key, now)
    remitted_by_source = remissions.remitted_of(
        db, {charge.source_id for charge in statement.charges}
    )
    return statement_view(
        statement,
        paid,
        priced_items.names(db, site().id, versions),
        {version.id: version for version in versions},
        str(key),
        site_zone(),
        remitted=remitted_by_source if is_allowed(MONEY_WRITE) else None,
        remitted_in=_open_month(db) if statement.id else "",
        refundable=refundable,
        sold=sales.find_sales(db, paid),
        lasting=payments.final_payments(db, paid),
        spent=sales.spent_passes(db, paid),
        reversed_ids=ledger.reversed_ids(db, {charge.id for charge in statement.charges}),
    )


def _open_month(db: Session) -> str:
    """Return the month on whose statements a remission granted now appears."""
    today = months.day_of(context().clock(), site_zone())
    return months.open_month_for(months.month_of(today), months.last_closed(db, site().id))


_ORDER = (
    *(PayerKind.ORGANISATION, PayerKind.PROJECT, PayerKind.MEMBER),
    *(PayerKind.ERASED, PayerKind.COUNTER),
)
"""Order of payers in the list."""


def _list_order(total: PayerMonth) -> tuple[int, str, str]:
    return _ORDER.index(total.payer.kind), slug_of(payer_name(total.payer)), str(total.key)


def _start(keys: list[str], open_statement: StatementView | None) -> int:
    """Return the number of the first payer on the page: as in the address, or with the open
    statement."""
    if open_statement is not None and open_statement.key in keys:
        return keys.index(open_statement.key) // PAGE_SIZE * PAGE_SIZE
    text = request.args.get("from", "0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _with_state(totals: list[PayerMonth], only: str) -> list[PayerMonth]:
    if only == "due":
        return [total for total in totals if total.due_cents > 0]
    if only == "upcoming":
        return [total for total in totals if total.upcoming_cents]
    if only == "over":
        return [total for total in totals if total.left_cents < 0]
    return [total for total in totals if total.left_cents <= 0] if only == "paid" else totals


def _filters(totals: list[PayerMonth]) -> tuple[tuple[str, str, int], ...]:
    due, upcoming, paid, over = (
        len(_with_state(totals, only)) for only in ("due", "upcoming", "paid", "over")
    )
    return (
        ("all", _("All"), len(totals)),
        ("due", _("To be paid"), due),
        *([("upcoming", _("Upcoming"), upcoming)] if upcoming else []),
        ("paid", _("Paid up"), paid),
        *([("over", _("Overpaid"), over)] if over else []),
    )


def _sums(totals: list[PayerMonth]) -> tuple[tuple[str, str, str], ...]:
    due, upcoming, paid, over = (
        _with_state(totals, only) for only in ("due", "upcoming", "paid", "over")
    )
    with_remission = [total for total in totals if total.remitted_cents]
    total = sum(total.total_cents for total in totals)
    set_off = [total for total in totals if total.set_off_cents]
    too_much = (
        _("Overpaid"),
        euros(-sum(total.left_cents for total in over)),
        count_text(len(over)),
    )
    later = (
        _("Upcoming"),
        euros(sum(total.upcoming_cents for total in upcoming)),
        count_text(len(upcoming)),
    )
    return (
        (_("Total"), euros(total), count_text(sum(total.is_stated for total in totals))),
        (_("Paid"), euros(sum(total.paid_cents for total in totals)), count_text(len(paid))),
        (_("Still owed"), euros(sum(total.due_cents for total in due)), count_text(len(due))),
        *([later] if upcoming else []),
        *([too_much] if over else []),
        *([_set_off_sum(set_off)] if set_off else []),
        (
            _("Remissions"),
            euros(sum(total.remitted_cents for total in with_remission)),
            count_text(len(with_remission)),
        ),
    )


def _set_off_sum(totals: list[PayerMonth]) -> tuple[str, str, str]:
    total = sum(total.set_off_cents for total in totals)
    return _("Set against other months"), euros(total), count_text(len(totals))


def _closing(totals: list[PayerMonth], points: int) -> tuple[str, str]:
    total = sum(total.total_cents for total in totals)
    text = _(
        "%(count)s, %(total)s in total, of which %(paid)s is paid. A closed month can’t be "
        "reopened.",
        count=count_text(len(totals)),
        total=euros(total),
        paid=euros(sum(total.paid_cents for total in totals)),
    )
    if points:
        to_check = plural("%(n)s point still to check.", "%(n)s points still to check.", points)
        text = f"{text} {to_check}"
    return text, format_amount(total)


def _freeze(totals: list[PayerMonth], month: str) -> str:
    first, last = (statements.number_of(month, place) for place in (1, max(1, len(totals))))
    text = _(
        "Closing freezes %(count)s and numbers them from %(first)s to %(last)s. Later changes "
        "become correction lines in %(next)s.",
        count=count_text(len(totals)),
        first=first,
        last=last,
        next=month_name(months.month_after(month)),
    )
    if nothing := sum(total.total_cents == 0 for total in totals):
        text += " " + plural(
            "%(n)s comes to nothing and has its number too: it says what was free or remitted.",
            "%(n)s come to nothing and have their numbers too: they say what was free or remitted.",
            nothing,
        )
    return text
