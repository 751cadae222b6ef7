"""What a member reported, and the team's answers."""

from dataclasses import dataclass

from controller.capabilities.machines.machine_names import machine_names
from controller.capabilities.user_reports import user_reports
from controller.capabilities.user_reports.shapes import Told
from controller.domain.facts import Name
from webui.i18n import current
from webui.i18n.dates import format_relative
from webui.members.reading import MemberReader
from webui.paging import all_items
from webui.user_reports.report_view import report_state, report_title

MAX_REPORTS = 5
"""How many reports the page lists, the latest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReportLine:
    """A report of the member, and what became of it."""

    title: str
    machine: str
    state: str
    answer: str


def own_reports(reader: MemberReader) -> tuple[OwnReportLine, ...]:
    """Return the member's latest reports."""
    reports = all_items(lambda at: user_reports.list_own(reader.db, actor=reader.who, cursor=at))
    latest = reports[::-1][:MAX_REPORTS]
    machines = machine_names(reader.db, [report.access_point for report in latest])
    return tuple(
        _line(report, machines.get(report.access_point or "", Name()), reader) for report in latest
    )


def _line(report: Told, machine: Name, reader: MemberReader) -> OwnReportLine:
    at = report.done_at or report.created_at
    return OwnReportLine(
        title=report_title(report.kind, report.dangerous),
        machine=machine.read(current()),
        state=report_state(report.kind, report.state, format_relative(at, reader.now, reader.zone)),
        answer=report.remark or "",
    )
