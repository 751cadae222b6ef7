"""Known reports for a machine or zone, for anybody there, without the reporters' words."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from controller.capabilities.places.models import SiteRow
from controller.capabilities.user_reports.models import ToldKind, ToldState, UserReport
from controller.capabilities.user_reports.report_codes import active_code
from controller.domain.time import Utc
from controller.kernel.database import Session
from controller.kernel.mapping import to_shape
from controller.kernel.shapes import Shape

RECENT = timedelta(days=14)
"""How long a settled report is still listed."""
_MAX_REPORTS = 4


class ExistingReport(Shape, frozen=True, kw_only=True):
    """An existing report, without what people wrote, which only staff may read."""

    id: str
    kind: ToldKind
    label: str | None
    """The subject, in words that staff published."""
    dangerous: bool
    state: ToldState
    at: Utc
    """When it was reported or, if settled, when it was settled."""
    people: int
    """How many people reported it."""


def time_zone(db: Session, code: str) -> ZoneInfo:
    """Return the time zone of a report code's site. Raises NotFound."""
    return ZoneInfo(db.get_one(SiteRow, active_code(db, code).site_id).time_zone)


def reports_at_code(db: Session, code: str, *, now: Utc) -> tuple[ExistingReport, ...]:
    """Return open reports at a code, then recently settled ones, newest first. Raises NotFound."""
    code_row, row = active_code(db, code), UserReport
    at_place = (
        row.access_point_id == code_row.access_point_id
        if code_row.access_point_id
        else row.zone_id == code_row.zone_id
    )
    reports = (
        select(row)
        .where(
            at_place,
            row.discarded.is_(None),
            or_(row.state != ToldState.DONE, row.done_at > Utc.of(now - RECENT)),
        )
        .order_by(row.state == ToldState.DONE, row.id.desc())
        .limit(_MAX_REPORTS)
    )
    return tuple(
        to_shape(
            report, ExistingReport, at=report.done_at or report.created_at, people=report.also + 1
        )
        for report in db.scalars(reports)
    )
