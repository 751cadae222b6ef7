"""Statements: a month by payer, one statement open in its row, the till beside; and as CSV."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from zoneinfo import ZoneInfo

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import (
    charges,
    months,
    payments,
    statements,
    tariffs,
    things,
    till,
)
from controller.capabilities.billing.cents import plain
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_WRITE
from controller.capabilities.billing.shapes import Charge, PayerKind, Tariff
from controller.capabilities.billing.statements import Obstacle, Sum
from controller.capabilities.billing.things import Names
from controller.capabilities.billing.words import FREE
from controller.capabilities.member_files.columns import defused
from controller.kernel.database import Session
from controller.kernel.errors import Invalid, NotFound
from controller.kernel.slugs import slug_of
from webui.billing.views import (
    PayerLine,
    StatementView,
    TillView,
    around,
    counted,
    obstacle_words,
    payer_line,
    statement_view,
    till_view,
)
from webui.billing.words_of import euros, means_words, month_name, payer_name, reckoning, thing_name
from webui.context import context
from webui.guard import actor, allowed, site
from webui.i18n import _
from webui.paging import everything
from webui.parts import Option
from webui.room import Nav, NavGroup, Pages

AT_ONCE = 60
"""Payers on a page."""

pages = Pages("money", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPage:
    """A month."""

    month: str
    name: str
    before: tuple[str, str]
    later: tuple[str, str]
    is_closed: bool
    sums: tuple[tuple[str, str, str], ...]
    """Title, amount, and what more there is to say."""
    obstacle: tuple[str, str] | None
    freeze: str
    only: str
    filters: tuple[tuple[str, str, int], ...]
    lines: tuple[PayerLine, ...]
    more: int | None
    """Where the next payers begin."""
    opened: StatementView | None
    till: TillView
    means: tuple[Option, ...]
    may_write: bool


@pages.get(
    "/statements",
    MONEY_READ,
    nav=Nav(icon="receipt-euro", text=lambda: _("Relevés"), group=NavGroup.FOLLOW, place=30),
)
def show() -> ResponseReturnValue:
    """A month by payer; one of them open where the address says so."""
    month = asked_month(request.args.get("month"))
    return render_template("money/statements.html", page=month_page(month))


def asked_month(text: str | None) -> str:
    """The month of the address; without, the present one. 404 for what is no month."""
    if text is None:
        day = months.day_of(context().clock(), ZoneInfo(site().time_zone))
        return months.of(day)
    try:
        return months.require(text)
    except Invalid:
        abort(404)


def month_page(month: str) -> MonthPage:
    """Everything on it, read at once."""
    at, who, now = site(), actor(), context().clock()
    zone = ZoneInfo(at.time_zone)
    with context().database.read() as db:
        found = statements.sums(db, at.id, month, actor=who)
        numbers = statements.numbers(db, at.id, month)
        problem = statements.obstacle(db, at.id, month, now)
        opened = _opened(db, month)
        drawer = till.read(db, at.id, months.day_of(now, zone), actor=who)
    only = request.args.get("only", "all")
    kept = _kept(found, only)
    start = _start(len(kept))
    shown = sorted(kept, key=_place)[start : start + AT_ONCE]
    return MonthPage(
        month=month,
        name=month_name(month),
        before=around(month)[0],
        later=around(month)[1],
        is_closed=problem is Obstacle.CLOSED,
        sums=_sums(found),
        obstacle=obstacle_words(problem, month) if problem else None,
        freeze=_freeze(found, month),
        only=only,
        filters=_filters(found),
        lines=tuple(
            payer_line(
                each,
                month,
                statements.number_of(month, numbers[each.key]) if each.key in numbers else "",
                is_open=opened is not None and opened.key == str(each.key),
            )
            for each in shown
        ),
        more=start + AT_ONCE if start + AT_ONCE < len(kept) else None,
        opened=opened,
        till=till_view(drawer, zone),
        means=tuple(Option(value=key.value, text=text) for key, text in means_words().items()),
        may_write=allowed(MONEY_WRITE),
    )


def _opened(db: Session, month: str) -> StatementView | None:
    key = PayerKey.parse(request.args.get("open", ""))
    if key is None:
        return None
    try:
        found = statements.one(db, site().id, month, key, actor=actor())
    except NotFound:
        return None
    versions = tariffs.of_site(db, site().id)
    return statement_view(
        found,
        payments.of_statement(db, site().id, month, key),
        things.names(db, site().id, versions),
        {each.id: each for each in versions},
        str(key),
        may_remit=allowed(MONEY_WRITE) and found.id is None,
    )


def _place(each: Sum) -> tuple[int, str, str]:
    order = [PayerKind.ORGANISATION, PayerKind.PROJECT, PayerKind.MEMBER, PayerKind.COUNTER]
    return order.index(each.payer.kind), slug_of(payer_name(each.payer)), str(each.key)


def _start(count: int) -> int:
    asked = request.args.get("from", "0")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 0


def _kept(found: list[Sum], only: str) -> list[Sum]:
    if only == "due":
        return [each for each in found if each.left_cents > 0]
    return [each for each in found if each.left_cents <= 0] if only == "paid" else found


def _filters(found: list[Sum]) -> tuple[tuple[str, str, int], ...]:
    due = len(_kept(found, "due"))
    return (
        ("all", _("Tous"), len(found)),
        ("due", _("À régler"), due),
        ("paid", _("Réglés"), len(found) - due),
    )


def _sums(found: list[Sum]) -> tuple[tuple[str, str, str], ...]:
    due, paid = _kept(found, "due"), _kept(found, "paid")
    remitted = [each for each in found if each.remitted_cents]
    total = sum(each.total_cents for each in found)
    return (
        (_("Total"), euros(total), counted(len(found))),
        (_("Payé"), euros(sum(each.paid_cents for each in found)), counted(len(paid))),
        (_("Reste dû"), euros(sum(each.left_cents for each in due)), counted(len(due))),
        (
            _("Remises"),
            euros(sum(each.remitted_cents for each in remitted)),
            counted(len(remitted)),
        ),
    )


def _freeze(found: list[Sum], month: str) -> str:
    first, last = (statements.number_of(month, each) for each in (1, max(1, len(found))))
    return _(
        "Clore fige %(count)s et les numérote de %(first)s à %(last)s. Ce qui arrive plus tard"
        " devient une ligne corrective sur %(next)s.",
        count=counted(len(found)),
        first=first,
        last=last,
        next=month_name(months.after(month)),
    )


@pages.get("/statements/<month>/csv", MONEY_READ)
def as_csv(month: str) -> ResponseReturnValue:
    """The lines of a month for a spreadsheet; before it is closed, the file says that it is none
    to rely on."""
    month = asked_month(month)
    who, at, given = actor(), site(), context()
    with given.database.write() as db:
        charges.note_export(db, at.id, month, actor=who, now=given.clock())
    with given.database.read() as db:
        found = everything(lambda cursor: charges.page(db, actor=who, month=month, cursor=cursor))
        sums = statements.sums(db, at.id, month, actor=who)
        numbers = statements.numbers(db, at.id, month)
        versions = tariffs.of_site(db, at.id)
        names = things.names(db, at.id, versions)
    payers = {str(each.key): payer_name(each.payer) for each in sums}
    by_id = {each.id: each for each in versions}
    rows = [
        _cells(
            each, month, payers, {str(key): number for key, number in numbers.items()}, names, by_id
        )
        for each in sorted(found, key=lambda each: (each.day, each.id))
    ]
    state = "" if numbers else f"-{_('aperçu')}"
    name = f"statements-{at.id}-{month}{state}.csv".encode("ascii", "ignore").decode()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    # With the mark by which spreadsheets know UTF-8.
    text = "\ufeff" + _csv([_columns(), *rows])
    return Response(text, content_type="text/csv", headers=headers)


def _columns() -> list[str]:
    return [
        _("Relevé"),
        _("Pour"),
        _("Jour"),
        _("Quoi"),
        _("Calcul"),
        _("Tarif"),
        _("Montant TTC"),
        _("TVA"),
    ]


def _cells(
    each: Charge,
    month: str,
    payers: dict[str, str],
    numbers: dict[str, int],
    names: Names,
    versions: dict[str, Tariff],
) -> list[str]:
    key = str(PayerKey.of(each))
    tariff = versions.get(each.tariff_id or "")
    number = statements.number_of(month, numbers[key]) if key in numbers else _("aperçu")
    return [
        number,
        defused(payers.get(key, "")),
        each.day.isoformat(),
        defused(thing_name(each, names, tariff)),
        defused(
            reckoning(each, tariff)
            + (f" ({each.reason})" if each.why in FREE and each.reason else "")
        ),
        str(tariff.number) if tariff else "",
        plain(each.amount_cents),
        plain(each.vat_cents),
    ]


def _csv(rows: Iterable[list[str]]) -> str:
    text = StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue()
