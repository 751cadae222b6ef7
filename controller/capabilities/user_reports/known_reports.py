"""Reports that are already known for a machine or zone, for anybody there: without reporters'
words."""

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
_MOST = 4


class Known(Shape, frozen=True, kw_only=True):
    """A report that was made already; what people wrote is only for staff."""

    id: str
    kind: ToldKind
    label: str | None
    """What it is about, as staff put it for anybody."""
    dangerous: bool
    state: ToldState
    at: Utc
    """When it was reported; if it is settled, when it was settled."""
    people: int
    """How many people reported it."""


def time_zone(db: Session, code: str) -> ZoneInfo:
    """Return the time zone of the site of a report code. Raises NotFound."""
    return ZoneInfo(db.get_one(SiteRow, active_code(db, code).site_id).time_zone)


def reports_at_code(db: Session, code: str, *, now: Utc) -> tuple[Known, ...]:
    """Return open reports at a code, then recently settled ones, newest first. Raises NotFound."""
    found, row = active_code(db, code), UserReport
    here = (
        row.access_point_id == found.access_point_id
        if found.access_point_id
        else row.zone_id == found.zone_id
    )
    told = (
        select(row)
        .where(here, or_(row.state != ToldState.DONE, row.done_at > Utc.of(now - RECENT)))
        .order_by(row.state == ToldState.DONE, row.id.desc())
        .limit(_MOST)
    )
    return tuple(
        to_shape(report, Known, at=report.done_at or report.created_at, people=report.also + 1)
        for report in db.scalars(told)
    )
