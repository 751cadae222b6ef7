"""User reports on a machine, in words."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.user_reports.models import ToldKind, ToldState
from controller.capabilities.user_reports.shapes import UserReport
from controller.domain.time import Utc
from controller.kernel.names import short_login
from webui.i18n import _, plural
from webui.i18n.dates import format_relative, moment
from webui.parts import Part, plain, strong, time_part


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
    """What anybody at the QR code reads; empty: only the kind."""


def open_report_line(found: UserReport, now: Utc, zone: ZoneInfo) -> OpenReportLine:
    """Return the line of an open report."""
    when = moment(format_relative(found.created_at, now, zone), found.created_at, zone)
    parts: list[Part] = [time_part("", when), plain(found.told_by or _("with the QR poster"))]
    if found.also:
        parts.append(plain(plural("and %(n)s more", "and %(n)s more", found.also)))
    if found.dangerous:
        parts.insert(0, strong(_("dangerous")))
    return OpenReportLine(
        id=found.id,
        heading=_heading(found),
        text=found.text or "",
        parts=tuple(parts),
        new=found.state is ToldState.NEW,
        contact=found.contact or "",
        label=found.label or "",
    )


def _heading(found: UserReport) -> str:
    if found.state is not ToldState.NEW and found.taken_by:
        return _("%(name)s is taking care of it", name=short_login(found.taken_by))
    if found.kind is ToldKind.NEED:
        return _("Need without a reply")
    if found.kind is ToldKind.IDEA:
        return _("Idea without a reply")
    return _("Nobody is taking care of it")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledLine:
    """A report that was settled."""

    text: str
    remark: str
    parts: tuple[Part, ...]


def settled_line(found: UserReport, now: Utc, zone: ZoneInfo) -> SettledLine:
    """Return the line of a settled report: its text, what was done about it, and by whom."""
    at = found.done_at or found.created_at
    when = moment(format_relative(at, now, zone), at, zone)
    before = _("resolved on ") if when.is_date else _("resolved ")
    return SettledLine(
        text=found.text or "",
        remark=found.remark or "",
        parts=(time_part(before, when), plain(short_login(found.done_by or ""))),
    )
