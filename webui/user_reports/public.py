"""The public report form behind the QR code of a machine or a room: no account, three taps."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import abort, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.screen.figures import BusyReason, Machine, machine
from controller.capabilities.user_reports import report_codes, user_reports
from controller.capabilities.user_reports.known_reports import (
    ExistingReport,
    reports_at_code,
    time_zone,
)
from controller.capabilities.user_reports.models import WISHES, ToldKind, ToldState
from controller.capabilities.user_reports.shapes import NewUserReport, Telling, TellPlace, Told
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid
from webui.context import context
from webui.feature import Pages
from webui.form_recovery import kept_fields
from webui.guard import SignedIn, account
from webui.i18n import _, plural
from webui.i18n.dates import clock, format_relative
from webui.limits import counted_address, seconds_to_wait
from webui.naming import read_label
from webui.parts import Chip
from webui.user_reports.api import LOOK_PER_MINUTE, TELL_PER_MINUTE
from webui.user_reports.report_view import report_state, report_title

# The public state of the machine at a QR code, and until when it lasts.


@dataclass(frozen=True, slots=True)
class MachineState:
    """A machine's public state, and until when it lasts."""

    chip: Chip
    until: str


def public_machine_state(db: Session, code: str, zone: ZoneInfo, now: Utc) -> MachineState | None:
    """Return the machine's state; None if the code is a room's. Raises NotFound."""
    at = report_codes.active_code(db, code)
    if at.access_point_id is None:
        return None
    public_machine = machine(db, at.site_id, at.access_point_id, now)
    return (
        None
        if public_machine is None
        else MachineState(_chip(public_machine), _end_text(public_machine, zone, now))
    )


def _chip(machine: Machine) -> Chip:
    look, icon, word = {
        None: ("off", "clock", _("Free")),
        BusyReason.USED: ("running", "play", _("In use")),
        BusyReason.COURSE: ("cooling", "graduation-cap", _("Course")),
        BusyReason.BOOKED: ("armed", "calendar-clock", _("Booked")),
        BusyReason.COOLING: ("cooling", "snowflake", _("Cooling down")),
        BusyReason.STOPPED: ("fault", "octagon-alert", _("Emergency stop")),
        BusyReason.OUT: ("out", "wrench", _("Out of service")),
        BusyReason.SILENT: ("offline", "wifi-off", _("State unknown")),
    }[machine.busy_reason]
    return Chip(look=look, icon=icon, word=word)


def _end_text(machine: Machine, zone: ZoneInfo, now: Utc) -> str:
    """Return the end of the state if it is today.

    Empty for a later end.
    """
    at = machine.until
    if at is None or at <= now or at.astimezone(zone).date() != now.astimezone(zone).date():
        return ""
    return _("until %(time)s", time=clock(at, zone))


MAX_TEXT_CHARACTERS, MAX_CONTACT_CHARACTERS = 400, 200
"""Longest text and longest contact that are read."""
ME_TOO = "also"
"""Session key: the reports to which this browser has said *me too*."""

_KINDS = {
    "danger": ToldKind.FAULT,
    "broken": ToldKind.FAULT,
    "need": ToldKind.NEED,
    "idea": ToldKind.IDEA,
}
"""The kind of report for each choice on the form."""
pages = Pages("report_form", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFormPage:
    """The page of a code: the form, what was typed, and the result."""

    code: str
    site: str
    thing: str
    in_service: bool
    machine: MachineState | None = None
    """The machine's state; None for a room, or after sending."""
    kind: str = ""
    text: str = ""
    contact: str = ""
    wrong: str = ""
    result: str = ""
    """`yes`: sent; `stopped`: also, the machine is now out of service; `wish`: a need or an
    idea."""
    known_reports: tuple["KnownLine", ...] = ()
    """Reports that are known of this machine already."""
    who: str = ""
    """The login of the signed-in account in whose name the report is sent; empty: nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLine:
    """A report that was sent before, by anybody."""

    id: str
    title: str
    says: str
    done: bool
    is_mine: bool
    """Whether this browser has said *me too*."""


@pages.get("/tell/<code>", None)
def show(code: str) -> ResponseReturnValue:
    """Show the form, or the confirmation."""
    _check_rate("look", LOOK_PER_MINUTE)
    place, who = _place(code), account()
    typed = _typed(kept_fields())
    return _render_page(code, place, who, typed, result=request.args.get("told", ""))


@pages.post("/tell/<code>", None)
def send(code: str) -> ResponseReturnValue:
    """Send the report, in the name of the signed-in account if there is one."""
    web, who, now = context(), account(), context().clock()
    place = _place(code)
    typed = _typed(request.form)
    if typed["kind"] not in _KINDS:
        wrong = _("Choose what is wrong.")
        return _render_page(code, place, who, typed, wrong=wrong), 422
    if seconds_to_wait(web.live, _key("tell"), TELL_PER_MINUTE, now):
        wrong = _("You have already sent many reports: wait a minute.")
        return _render_page(code, place, who, typed, wrong=wrong), 429
    telling = _new_report(**typed)
    try:
        with web.database.write() as db:
            problem = _send_report(db, code, place, telling, who, now)
    except Invalid:
        wrong = _("The text is too long, or contains a character that is not allowed.")
        return _render_page(code, place, who, typed, wrong=wrong), 422
    except Conflict:
        wrong = _("It is already known, and somebody will come and look. In an emergency, call.")
        return _render_page(code, place, who, typed, wrong=wrong), 409
    result = "stopped" if problem.dangerous and problem.out_of_service else "yes"
    if problem.kind in WISHES:
        result = "wish"
    return redirect(url_for("report_form.show", code=code, told=result), 303)


@pages.post("/tell/<code>/also/<report>", None)
def also(code: str, report: str) -> ResponseReturnValue:
    """Say *me too* to a report: once per browser, without text or name."""
    web, reported = context(), session.get(ME_TOO, [])
    _check_rate("tell", TELL_PER_MINUTE)
    try:
        if report not in reported:
            with web.database.write() as db:
                user_reports.confirm(db, code, report)
            session[ME_TOO] = [*reported, report][-20:]
    except Conflict:
        flash(_("It has already been resolved. If it happens again, report it again."), "wrong")
    else:
        flash(_("Recorded: you too."), "done")
    return redirect(url_for("report_form.show", code=code), 303)


def _typed(fields: Mapping[str, str]) -> dict[str, str]:
    return {
        "kind": fields.get("kind", ""),
        "text": fields.get("text", "").strip()[:MAX_TEXT_CHARACTERS],
        "contact": " ".join(fields.get("contact", "").split())[:MAX_CONTACT_CHARACTERS],
    }


def _send_report(
    db: Session, code: str, place: TellPlace, new: Telling, who: SignedIn | None, now: Utc
) -> Told:
    site_id = report_codes.active_code(db, code).site_id
    if who is None or not who.actor.may(Permission.OWN_WRITE, site_id):
        return user_reports.create_by_code(db, code, new, now=now)
    new_report = NewUserReport(
        kind=new.kind,
        text=new.text,
        dangerous=new.dangerous,
        contact=new.contact,
        access_point=place.access_point,
        zone_id=place.zone_id,
    )
    try:
        return user_reports.create(db, new_report, actor=who.actor, now=now)
    except Invalid:  # the account may not read rules of the code's site
        return user_reports.create_by_code(db, code, new, now=now)


def _new_report(kind: str, text: str, contact: str) -> Telling:
    return Telling(
        kind=_KINDS[kind],
        text=text or _default_texts()[kind],
        dangerous=kind == "danger",
        contact=contact or None,
    )


def _default_texts() -> dict[str, str]:
    """Return the default text of a report, by the form's choice."""
    return {
        "danger": _("It is dangerous"),
        "broken": _("It does not work well"),
        "need": _("Something is missing"),
        "idea": _("An idea"),
    }


def _place(code: str) -> TellPlace:
    with context().database.read() as db:
        return report_codes.location_of_code(db, code)


def _read(code: str) -> tuple[MachineState | None, tuple[KnownLine, ...]]:
    """Return the machine's state, and its known reports."""
    web, now = context(), context().clock()
    with web.database.read() as db:
        reports, zone = reports_at_code(db, code, now=now), time_zone(db, code)
        state = public_machine_state(db, code, zone, now)
    return state, tuple(_known_line(line, now, zone) for line in reports)


def _known_line(report: ExistingReport, now: Utc, zone: ZoneInfo) -> KnownLine:
    says = report_state(report.kind, report.state, format_relative(report.at, now, zone))
    by_people = plural("by %(n)s person", "by %(n)s people", report.people)
    return KnownLine(
        id=report.id,
        title=report.label or report_title(report.kind, report.dangerous),
        says=f"{says}, {by_people}" if report.people > 1 else says,
        done=report.state is ToldState.DONE,
        is_mine=report.id in session.get(ME_TOO, ()),
    )


def _key(what: str) -> str:
    return f"{what}:{counted_address(request.remote_addr)}"


def _check_rate(what: str, per_minute: int) -> None:
    web = context()
    if seconds := seconds_to_wait(web.live, _key(what), per_minute, web.clock()):
        abort(make_response(_("Too many requests: wait a minute."), 429, _retry_header(seconds)))


def _retry_header(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds), "Content-Type": "text/plain; charset=utf-8"}


def _render_page(
    code: str,
    place: TellPlace,
    who: SignedIn | None,
    typed: Mapping[str, str],
    *,
    wrong: str = "",
    result: str = "",
) -> str:
    state, lines = (None, ()) if result else _read(code)
    page = ReportFormPage(
        code=code,
        site=read_label(place.site),
        thing=read_label(place.thing),
        in_service=place.in_service,
        machine=state,
        **typed,
        wrong=wrong,
        result=result,
        known_reports=lines,
        who=who.login if who else "",
    )
    return render_template("report_form/report_form.html", page=page)
