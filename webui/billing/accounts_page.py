"""Pages for bookkeeping: who issues statements, account numbers, exports, invoicing details."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import (
    arrears,
    exports,
    months,
    pre_invoices,
    providers,
    statement_mail,
    statements,
)
from controller.capabilities.billing.arrears import MonthOwed
from controller.capabilities.billing.books import last_day
from controller.capabilities.billing.exports import Export
from controller.capabilities.billing.parties import Accounts, Provider, is_siret
from controller.capabilities.billing.payers import PayerKey
from controller.capabilities.billing.permissions import MONEY_READ, MONEY_WRITE
from controller.kernel.errors import Conflict, Invalid, Stale
from controller.kernel.jsontypes import to_json
from webui.billing.formatting import euros
from webui.billing.pages import month_in_address, pages
from webui.billing.statement_pages import ascii_name
from webui.billing.views import count_text
from webui.context import context
from webui.form_fields import required_version
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, locale, pgettext, plural
from webui.i18n.dates import month_name
from webui.naming import read_label
from webui.navigation import MONEY, Nav
from webui.parts import Option
from webui.undo import flash_done

_OLD_MONTHS = 2
"""From how many months on the page says how old a debt is."""
_PROVIDER = ("name", "street", "postcode", "city", "country", "siret", "vat_number")
"""Fields of the form on who issues statements."""
_NO_COUNTRIES = "AC CP DG EA EU EZ IC QO TA UN XA XB ZZ"
"""Territories of the CLDR in two letters that ISO 3166-1 doesn't have."""
_INVOICING = ("street", "postcode", "city", "country", "siret", "engagement", "service", "email")
"""Fields of the form with an organisation's invoicing details."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountingPage:
    """What is still owed, what was typed, what is wrong with it, and the proposed period."""

    owed: tuple[tuple[str, str, str, str, str], ...]
    """Of each month: its name, how many statements, their age, the amount, and where they are."""
    owed_total: str
    """Their sum; empty: nothing is owed."""
    old: str
    """The part of it that is owed for two months or more; empty: none."""
    oldest: str
    """Where the statements of the oldest month are."""
    issuer: str
    """Who issues statements, and how many accounts differ from the usual ones, in one line."""
    later: tuple[tuple[str, str, str, str, str], ...]
    """Amounts that are not owed yet, by month, which do not count in the total."""
    typed: Mapping[str, str]
    countries: tuple[Option, ...]
    version: int
    accounts: tuple[tuple[str, str, str], ...]
    """For each account: name of the field, label, number."""
    wrong: Mapping[str, str]
    since: str
    until: str
    has_siret: bool
    may_write: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicingPage:
    """The form for an organisation's invoicing details."""

    payer: str
    month: str
    name: str
    typed: Mapping[str, str]
    countries: tuple[Option, ...]
    version: int
    wrong: Mapping[str, str]
    has_stopped: bool
    """Whether the organisation's mailbox has unsubscribed from statements."""
    has_mail: bool


@pages.get(
    "/accounting",
    MONEY_READ,
    nav=Nav(
        entry=MONEY,
        icon="book-check",
        text=lambda: pgettext("bookkeeping", "Accounts"),
        place=30,
        also="accounting bookkeeping entries fec comptabilité écritures siret",
    ),
)
def accounting() -> ResponseReturnValue:
    """Show the bookkeeping page."""
    return _accounting(None, {})


@pages.post("/accounting", MONEY_WRITE)
def set_provider() -> ResponseReturnValue:
    """Save who issues statements, and the account numbers.

    An empty field clears the value; an empty account number means the usual one.
    """
    typed = _typed_values()
    accounts = _values(typed, Accounts.__struct_fields__)
    values = _values(typed, _PROVIDER) | {"accounts": accounts}
    web, version = context(), required_version()
    try:
        with web.database.write() as db:
            providers.change(db, site().id, values, version=version, actor=actor(), now=web.clock())
    except Invalid as problem:
        return _accounting(typed, _field_errors(problem, typed)), 422
    except Stale:
        with web.database.read() as db:
            provider = providers.get(db, site().id, actor=actor())
        saved = _texts(provider.accounts, Accounts.__struct_fields__) | _texts(provider, _PROVIDER)
        return _accounting(typed, _differences(typed, saved)), 409
    flash_done(_("Saved. Future statements will show it."))
    return redirect(url_for("money.accounting"), 303)


@pages.post("/accounting/entries", MONEY_READ)
def entries() -> ResponseReturnValue:
    """Return a period's bookkeeping entries as a file; who exported them is recorded in the audit
    log."""
    web = context()
    try:
        since, until = (date.fromisoformat(request.form.get(key, "")) for key in ("since", "until"))
        with web.database.write() as db:
            export = exports.make(db, site().id, since, until, actor=actor(), now=web.clock())
    except (ValueError, Invalid):
        flash(_("Enter two dates in the same year, the earlier one first."), "wrong")
    except Conflict:
        flash(_("First enter the SIRET of the body that issues statements."), "wrong")
    else:
        return as_zip(export)
    typed = {key: request.form.get(key, "")[:10] for key in ("since", "until")}
    return redirect(url_for("money.accounting", since=typed["since"], until=typed["until"]), 303)


@pages.get("/statements/<month>/<payer>/pre-invoice", MONEY_READ)
def pre_invoice(month: str, payer: str) -> ResponseReturnValue:
    """Return a statement as JSON in the terms of EN 16931, for the tool that issues invoices."""
    month, key, now = month_in_address(month), PayerKey.parse(payer), context().clock()
    if key is None:
        abort(404)
    with context().database.read() as db:
        try:
            statement = statements.get_for_payer(db, site().id, month, key, actor=actor(), now=now)
            if statement.id is None:
                raise Conflict("a preview is no statement yet")
            invoice = pre_invoices.get(db, statement.id, actor=actor(), now=now)
        except Conflict:
            invoice = None
    if invoice is None:
        flash(
            _(
                "Something is missing: the month is not closed, or the place’s SIRET or VAT "
                "number is not set."
            ),
            "wrong",
        )
        return redirect(url_for("money.statement", month=month, payer=payer), 303)
    answer = Response(
        json.dumps(to_json(invoice), ensure_ascii=False, indent=2), mimetype="application/json"
    )
    name = pgettext("name of a file", "pre-invoice")
    name = ascii_name(f"{name}-{statement.site_id}-{statement.number}.json")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@pages.get("/statements/<month>/<payer>/invoicing", MONEY_WRITE)
def invoicing(month: str, payer: str) -> ResponseReturnValue:
    """The page with an organisation's invoicing details."""
    return _invoicing(month_in_address(month), payer, None, {})


@pages.post("/statements/<month>/<payer>/invoicing", MONEY_WRITE)
def set_invoicing(month: str, payer: str) -> ResponseReturnValue:
    """Save an organisation's invoicing details, which future statements show."""
    month, key, web = month_in_address(month), _organisation(payer), context()
    version = required_version()
    typed = _typed_values()
    values = _values(typed, _INVOICING)
    try:
        with web.database.write() as db:
            providers.change_invoicing(
                db, key, values, version=version, actor=actor(), now=web.clock()
            )
    except Invalid as problem:
        return _invoicing(month, payer, typed, _field_errors(problem, typed)), 422
    except Stale:
        with web.database.read() as db:
            details = providers.invoicing(db, key, actor=actor())
        wrong = _differences(typed, _texts(details, _INVOICING))
        return _invoicing(month, payer, typed, wrong), 409
    flash_done(_("Saved. Future statements will show it."))
    return redirect(url_for("money.show", month=month, open=payer), 303)


def _typed_values() -> dict[str, str]:
    """Return what was typed, with a SIRET without the blanks between its groups of digits."""
    typed = {name: text.strip() for name, text in request.form.items()}
    digits = "".join(typed.get("siret", "").split())
    return typed | {"siret": digits} if digits.isdigit() else typed


def _values(typed: Mapping[str, str], names: Iterable[str]) -> dict[str, Any]:
    """Return the values of these fields, with the country's code in capitals."""
    values = {name: typed.get(name) or None for name in names}
    if country := values.get("country"):
        values["country"] = country.upper()
    return values


def _accounting(typed: Mapping[str, str] | None, wrong: Mapping[str, str]) -> str:
    with context().database.read() as db:
        provider = providers.get(db, site().id, actor=actor())
        owed = arrears.by_month(db, site().id, actor=actor(), now=context().clock())
    values = typed if typed is not None else _texts(provider, _PROVIDER)
    accounts = typed if typed is not None else _texts(provider.accounts, Accounts.__struct_fields__)
    today = months.day_of(context().clock(), site_zone())
    due = [month for month in owed if not month.is_upcoming]
    old = sum(month.cents for month in due if _age(month, today) >= _OLD_MONTHS)
    lines = tuple(_owed_line(month, today) for month in due)
    current_month = months.month_of(today)
    last_month = months.month_after(current_month, -1)
    page = AccountingPage(
        owed=lines,
        owed_total=euros(sum(month.cents for month in due)) if due else "",
        old=euros(old) if old else "",
        oldest=lines[0][-1] if lines else "",
        later=tuple(_owed_line(month, today) for month in owed if month.is_upcoming),
        issuer=_issuer(provider),
        typed=values,
        countries=_countries(values),
        version=provider.version,
        accounts=tuple((key, text, accounts.get(key, "")) for key, text in _accounts().items()),
        wrong=wrong,
        since=request.args.get("since") or date(last_day(last_month).year, 1, 1).isoformat(),
        until=request.args.get("until") or last_day(last_month).isoformat(),
        has_siret=provider.siret is not None,
        may_write=is_allowed(MONEY_WRITE),
    )
    return render_template("money/accounting.html", page=page)


def _issuer(provider: Provider) -> str:
    town = " ".join(filter(None, (provider.postcode, provider.city)))
    usual = Accounts()
    changed = sum(
        getattr(provider.accounts, key) != getattr(usual, key) for key in Accounts.__struct_fields__
    )
    parts = (
        provider.name or read_label(site().name),
        provider.street,
        town,
        _("SIRET %(number)s", number=provider.siret) if provider.siret else _("no SIRET"),
        _("VAT %(number)s", number=provider.vat_number) if provider.vat_number else None,
        plural("%(n)s ledger account changed", "%(n)s ledger accounts changed", changed)
        if changed
        else _("ledger accounts of the French chart of accounts"),
    )
    return " · ".join(part for part in parts if part)


def _owed_line(month: MonthOwed, today: date) -> tuple[str, str, str, str, str]:
    """Return the month, the number of statements, their age if it is two months or more, the sum
    and the address."""
    age = _age(month, today)
    only = "due" if not month.is_upcoming else "all" if age < -1 else "upcoming"
    return (
        month_name(month.month),
        count_text(month.statements),
        plural("%(n)s month old", "%(n)s months old", age) if age >= _OLD_MONTHS else "",
        euros(month.cents),
        url_for("money.show", month=month.month, only=only),
    )


def _age(month: MonthOwed, today: date) -> int:
    """Return how many months ago a month ended; -1 for the current one."""
    first = date.fromisoformat(f"{month.month}-01")
    return 12 * (today.year - first.year) + today.month - first.month - 1


def _invoicing(
    month: str, payer: str, typed: Mapping[str, str] | None, wrong: Mapping[str, str]
) -> str:
    key = _organisation(payer)
    with context().database.read() as db:
        details = providers.invoicing(db, key, actor=actor())
        name = providers.buyer(db, key).name
        stopped = details.email is not None and statement_mail.has_stopped(db, details.email)
    values = typed if typed is not None else _texts(details, _INVOICING)
    page = InvoicingPage(
        payer=payer,
        month=month,
        name=name,
        typed=values,
        countries=_countries(values),
        version=details.version,
        wrong=wrong,
        has_stopped=stopped,
        has_mail=context().settings.mail.is_on,
    )
    return render_template("money/invoicing.html", page=page)


def _countries(typed: Mapping[str, str]) -> tuple[Option, ...]:
    """Return all countries by name, with the code that was typed."""
    names = {typed.get("country", ""): typed.get("country", "")} | {
        code: str(name)
        for code, name in locale().territories.items()
        if len(code) == 2 and code not in _NO_COUNTRIES.split()
    }
    by_name = sorted(names.items(), key=lambda it: ascii_name(it[1]).casefold())
    return tuple(Option(value=code, text=name) for code, name in by_name)


def _organisation(payer: str) -> str:
    key = PayerKey.parse(payer)
    if key is None or key.organisation_id is None:
        abort(404)
    return key.organisation_id


def _texts(details: object, keys: tuple[str, ...]) -> dict[str, str]:
    return {key: getattr(details, key) or "" for key in keys}


def _differences(typed: Mapping[str, str], saved: Mapping[str, str]) -> dict[str, str]:
    """Return a note for the form, and at each field that differs from what was saved meanwhile."""
    notes = {
        key: _("Saved in the meantime: %(value)s.", value=value or _("nothing"))
        for key, value in saved.items()
        if typed.get(key, "") != value
    }
    return {"version": _("Somebody has changed it in the meantime: check it, then save.")} | notes


def _field_errors(problem: Invalid, typed: Mapping[str, str]) -> dict[str, str]:
    """Return a message for each invalid field.

    A SIRET with a wrong check digit is among them, which is checked only once the rest is valid.
    """
    words = {
        "siret": _("Fourteen digits; the last one checks the others."),
        "vat_number": _("Such as FR83404833048."),
        "postcode": _("Such as 62400."),
        "country": _("Two letters, such as FR."),
        "email": _("An address such as accounts@example.org."),
    }
    number = _("Three digits of the chart of accounts, then your own: 706000.")
    other = _("One line, without spaces at the start or end.")
    fields = {error.field.split(".")[-1] for error in problem.errors}
    siret = typed.get("siret", "")
    if siret.isascii() and siret.isdecimal() and not is_siret(siret):
        fields.add("siret")
    accounts = Accounts.__struct_fields__
    return {key: number if key in accounts else words.get(key, other) for key in fields}


def _accounts() -> dict[str, str]:
    return {
        "customers": pgettext("ledger", "People and organisations"),
        "machines": _("Use of machines"),
        "rooms": pgettext("ledger", "Rooms"),
        "plans": _("Passes and plans"),
        "materials": _("Materials and courses"),
        "remissions": pgettext("ledger", "Remissions"),
        "vat": _("VAT collected"),
        "cash": pgettext("ledger", "Cash"),
        "cheques": _("Cheques to collect"),
        "cards": _("Card payments to collect"),
        "transfers": _("Bank or Treasury account"),
        "handed_over": _("Handovers to the treasurer"),
        "shortages": _("Cash shortages"),
        "surpluses": _("Cash surpluses"),
    }


# The bookkeeping entries of a period, as one archive.

ZIP = "application/zip"


def as_zip(export: Export) -> Response:
    """Return the archive with the entries and their description."""
    name = PurePath(next(iter(export.files))).with_suffix(".zip").name
    answer = Response(export.archive(), mimetype=ZIP)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
