"""User reports on a machine, in words."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.user_reports.models import WISHES, ToldKind, ToldState
from controller.capabilities.user_reports.shapes import UserReport
from controller.domain.time import Utc
from controller.kernel.names import short_login
from webui.i18n import _, pgettext, plural
from webui.i18n.dates import format_relative, is_date, moment
from webui.parts import Part, plain, strong, time_part


def report_title(kind: ToldKind, dangerous: bool) -> str:
    """Return what kind of report it is, for its reporter and the public."""
    if dangerous:
        return _("A danger")
    return {
        ToldKind.NEED: _("Something missing"),
        ToldKind.FAULT: _("A fault"),
        ToldKind.IDEA: _("An idea"),
        ToldKind.UPKEEP: _("Something about the machine"),
    }[kind]


def report_state(kind: ToldKind, state: ToldState, when: str) -> str:
    """Return the state of a report, for its reporter and the public; `when` is a relative time."""
    since = pgettext("day", "since %(when)s", when=when)
    if not is_date(when):
        since = pgettext("hour", "since %(when)s", when=when)
    return {
        ToldState.NEW: since,
        ToldState.TAKEN: _("%(since)s; somebody is taking care of it", since=since),
        ToldState.DONE: _("dealt with %(since)s", since=since)
        if kind in WISHES
        else _("resolved %(since)s", since=since),
    }[state]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReportLine:
    """An open user report."""

    id: str
    heading: str
    text: str
    parts: tuple[Part, ...]
    new: bool
    contact: str
    label: str
    """The text shown to everybody who scans the QR code; empty: only the kind is shown."""


def open_report_line(report: UserReport, now: Utc, zone: ZoneInfo) -> OpenReportLine:
    """Return the line of an open report."""
    when = moment(format_relative(report.created_at, now, zone), report.created_at, zone)
    parts: list[Part] = [time_part("", when), plain(report.told_by or _("with the QR poster"))]
    if report.also:
        parts.append(plain(plural("and %(n)s more", "and %(n)s more", report.also)))
    if report.dangerous:
        parts.insert(0, strong(_("dangerous")))
    return OpenReportLine(
        id=report.id,
        heading=_heading(report),
        text=report.text or "",
        parts=tuple(parts),
        new=report.state is ToldState.NEW,
        contact=report.contact or "",
        label=report.label or "",
    )


def _heading(report: UserReport) -> str:
    if report.state is not ToldState.NEW and report.taken_by:
        return _("%(name)s is taking care of it", name=short_login(report.taken_by))
    if report.kind is ToldKind.NEED:
        return _("Need without a reply")
    if report.kind is ToldKind.IDEA:
        return _("Idea without a reply")
    return _("Nobody is taking care of it")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledLine:
    """A report that was settled."""

    text: str
    remark: str
    parts: tuple[Part, ...]


def settled_line(report: UserReport, now: Utc, zone: ZoneInfo) -> SettledLine:
    """Return the line of a settled report: its text, the answer, and who gave it."""
    at = report.done_at or report.created_at
    when = moment(format_relative(at, now, zone), at, zone)
    before = _("resolved on ") if when.is_date else _("resolved ")
    return SettledLine(
        text=report.text or "",
        remark=report.remark or "",
        parts=(time_part(before, when), plain(short_login(report.done_by or ""))),
    )
