"""The safety register by year: list, extend, mark as read, annul, print and export entries."""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.machines import access_points
from controller.capabilities.places import zones
from controller.capabilities.presence import evacuations
from controller.capabilities.safety_register import entries, reading
from controller.capabilities.safety_register.permissions import SAFETY_ANSWER, SAFETY_WRITE
from controller.capabilities.safety_register.shapes import Annulment, NewAddition, SafetyEntry
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.csv_cells import defuse
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, Stale
from controller.kernel.names import names_of
from controller.kernel.validate import parse
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, current_site, is_allowed, is_htmx_request, site, site_zone
from webui.i18n import _, pgettext, plural
from webui.naming import read_label
from webui.navigation import SAFETY, Nav
from webui.paging import all_items
from webui.parts import NavCount
from webui.presence.past_evacuations import PastEvacuation, past_evacuation
from webui.request_transaction import request_transaction
from webui.safety_register.views import (
    EntryView,
    MonthFilter,
    Names,
    addition_words,
    chips,
    day_and_time,
    entry_view,
    month_filters,
    month_of,
    totals,
)
from webui.undo import flash_done

# How many entries wait to be read, for the navigation on every page.

UNREAD_LIMIT = 100
"""Entries beyond this number are not counted."""


def unread_waiting() -> NavCount | None:
    """Return how many entries the reader has still to read; None for none.

    It takes one statement, and is only for people in charge of the site.
    """
    at = current_site()
    if at is None or is_htmx_request() or not is_allowed(SAFETY_ANSWER):
        return None
    with request_transaction() as db:
        count = reading.count_unread(db, at.id, UNREAD_LIMIT, actor=actor())
    return NavCount(count, unread_text(count)) if count else None


def unread_text(count: int) -> str:
    """Return the count as text; empty for 0."""
    return plural("%(n)s entry to read", "%(n)s entries to read", count) if count else ""


FIRST_YEAR, LAST_YEAR = 2000, 2999
"""Years that an address may name."""

pages = Pages("safety", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPage:
    """The page with one year of the register."""

    year: int
    years: tuple[int, ...]
    totals: str
    months: tuple[MonthFilter, ...]
    waiting: str
    """How many entries are to be read, in words; empty for none."""
    entries: tuple[EntryView, ...]
    evacuations: tuple[PastEvacuation, ...]
    may_answer: bool
    additions: tuple[tuple[str, str], ...]


@pages.get(
    "/safety-register",
    SAFETY_WRITE,
    nav=Nav(
        entry=SAFETY,
        text=lambda: _("Register"),
        also="safety accidents security register near miss presque-accident report déclarer",
        waiting=unread_waiting,
    ),
)
def show() -> ResponseReturnValue:
    """Show a year or a month of it: entries to be read first, then the others, the latest first."""
    register = _read_register(request.args.get("year"), request.args.get("month", ""))
    last_first = register.entries[::-1]
    lines = [entry for waits in (True, False) for entry in last_first if entry.waits is waits]
    drills = register.evacuations[::-1]
    return render_template("safety/register.html", page=register, entries=lines, evacuations=drills)


@pages.get("/safety-register/<year>", SAFETY_WRITE)
def paper(year: str) -> ResponseReturnValue:
    """Show a year for printing, in order of time, with room to sign."""
    return render_template("safety/paper.html", page=_read_register(year))


@pages.get("/safety-register/<year>/csv", SAFETY_ANSWER)
def as_csv(year: str) -> ResponseReturnValue:
    """Return a year as a CSV file for spreadsheets; the audit log records that."""
    register, web = _read(_number(year)), context()
    with web.database.write() as db:
        entries.record_export(db, site().id, _number(year), actor=actor(), now=web.clock())
    zone = site_zone()
    text = _csv([_columns(), *(_cells(entry, register.names, zone) for entry in register.all)])
    name = f"safety-register-{site().id}-{_number(year)}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    # With a byte order mark, by which spreadsheets recognise UTF-8.
    return Response("\ufeff" + text, content_type="text/csv", headers=headers)


def _csv(rows: Iterable[list[str]]) -> str:
    text = StringIO()
    csv.writer(text, delimiter=";").writerows([defuse(cell) for cell in row] for row in rows)
    return text.getvalue()


@pages.post("/safety-register/<entry>/add", SAFETY_WRITE)
def add(entry: str) -> ResponseReturnValue:
    """Add to an entry what was learnt or done since."""
    return _run_action(
        entry,
        lambda db, now: entries.add_to_entry(
            db, entry, parse(_form_values("kind", "text"), NewAddition), actor=actor(), now=now
        ),
        _("Added to the register, in your name and with today’s date."),
        _("Choose a type, and enter the text."),
    )


@pages.post("/safety-register/<entry>/read", SAFETY_ANSWER)
def read(entry: str) -> ResponseReturnValue:
    """Mark the entry as read by the reader, in the state that was shown."""

    def change(db: Session, now: Utc) -> SafetyEntry:
        current = entries.get(db, entry, actor=actor())
        if request.form.get("version") != str(current.version):
            raise Stale(current.version)
        return entries.mark_read(db, entry, actor=actor(), now=now)

    return _run_action(entry, change, _("Marked as read: your name and the time are recorded."))


@pages.post("/safety-register/<entry>/annul", SAFETY_ANSWER)
def annul(entry: str) -> ResponseReturnValue:
    """Annul the entry; it stays readable, struck through, with the reason."""
    return _run_action(
        entry,
        lambda db, now: entries.annul(
            db, entry, parse(_form_values("reason"), Annulment), actor=actor(), now=now
        ),
        _("Annulled. It stays readable, with the reason."),
        _("Give the reason for annulling this entry."),
    )


def _run_action(
    entry: str, service: Callable[[Session, Utc], SafetyEntry], message: str, wrong: str = ""
) -> ResponseReturnValue:
    web = context()
    year = None
    try:
        with web.database.write() as db:
            year = service(db, web.clock()).year
    except Invalid:
        flash(wrong, "wrong")
    except Stale:
        flash(_("Something was added to this entry in the meantime: read it first."), "wrong")
    except Conflict:
        flash(_("This entry is annulled: add a new one."), "wrong")
    else:
        flash_done(message)
    return redirect(
        url_for("safety.show", year=year or _year_of_entry(entry), _anchor=f"e-{entry}"), 303
    )


def _year_of_entry(entry: str) -> int:
    with context().database.read() as db:
        return entries.get(db, entry, actor=actor()).year


def _form_values(*names: str) -> dict[str, str]:
    return {name: request.form.get(name, "").replace("\r\n", "\n").strip() for name in names}


@dataclass(frozen=True, slots=True)
class _YearData:
    all: list[SafetyEntry]
    years: list[int]
    names: Names
    evacuations: list[PastEvacuation]


def _read(year: int) -> _YearData:
    who, place, zone = actor(), site(), site_zone()
    with context().database.read() as db:
        evacuations_of_year = []
        if is_allowed(Permission.LIVE_READ):
            since, until = (
                Utc.of(datetime(year, 1, 1, tzinfo=zone)),
                Utc.of(datetime(year + 1, 1, 1, tzinfo=zone)),
            )
            evacuations_of_year = evacuations.evacuations_between(
                db, place.id, since, until, actor=who
            )
        people = names_of(db, {evacuation.started_by for evacuation in evacuations_of_year})
        return _YearData(
            entries.entries_of_year(db, place.id, year, actor=who),
            entries.years(db, place.id, actor=who),
            names(db),
            [past_evacuation(evacuation, people, 0, zone) for evacuation in evacuations_of_year],
        )


def names(db: Session) -> Names:
    """Return the names of this site's machines and zones."""
    who = actor()
    points = all_items(lambda at: access_points.page(db, actor=who, cursor=at))
    places = all_items(lambda at: zones.page(db, actor=who, cursor=at))
    return Names(
        {str(point.id): read_label(point.name) for point in points},
        {str(place.id): read_label(place.name) for place in places},
        {str(point.id): str(point.zone_id) for point in points if point.zone_id},
    )


def _read_register(year_text: str | None, month_text: str = "") -> RegisterPage:
    zone, may_answer = site_zone(), is_allowed(SAFETY_ANSWER)
    this_year = context().clock().astimezone(zone).year
    year = this_year if year_text is None else _number(year_text)
    register = _read(year)
    months = {month_of(entry, zone) for entry in register.all}
    month = next((month for month in months if str(month) == month_text), None)
    lines = tuple(
        entry_view(entry, register.names, zone, must_read=may_answer)
        for entry in register.all
        if month in (None, month_of(entry, zone))
    )
    return RegisterPage(
        year=year,
        years=tuple(sorted({this_year, year, *register.years}, reverse=True)),
        totals=totals(register.all),
        months=month_filters(register.all, year, month, zone),
        waiting=unread_text(sum(may_answer and not entry.read for entry in register.all)),
        entries=lines,
        evacuations=tuple(register.evacuations),
        may_answer=may_answer,
        additions=tuple((kind.value, text) for kind, text in addition_words().items()),
    )


def _number(year: str) -> int:
    if not (year.isascii() and year.isdecimal() and FIRST_YEAR <= int(year[:5]) <= LAST_YEAR):
        abort(404)
    return int(year)


def _columns() -> list[str]:
    return [
        _("When"),
        pgettext("evacuation", "Type"),
        _("Where"),
        _("What happened"),
        _("Who was hurt"),
        _("Injury"),
        _("What followed"),
        _("Written by"),
        _("Read by"),
        _("Annulled"),
    ]


def _cells(entry: SafetyEntry, names_by_id: Names, zone: ZoneInfo) -> list[str]:
    view = entry_view(entry, names_by_id, zone, must_read=False)
    return [
        day_and_time(entry.happened_at, zone),
        chips()[entry.kind].word,
        view.where,
        view.account,
        view.hurt,
        view.injury,
        "\n".join(
            _(
                "%(title)s: %(said)s",
                title=paragraph.title,
                said=f"{paragraph.text} ({paragraph.by})" if paragraph.by else paragraph.text,
            )
            for paragraph in view.paragraphs
        ),
        view.written,
        view.read_by,
        view.annulled,
    ]
