"""The usage report: minutes of use of each access point in each month of its site's time zone."""

import re
from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import extract, func, literal, select
from sqlalchemy.orm import Session

from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.usage.models import UsageDay
from controller.capabilities.usage.shapes import Usage, UsageSplit
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.rows import get_or_404
from controller.kernel.shapes import Label
from controller.policy.reading import from_json

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def report(
    db: Session,
    site_id: str,
    *,
    first: str | None = None,
    last: str | None = None,
    split: UsageSplit | None = None,
    actor: Actor,
    now: Utc,
) -> list[Usage]:
    """Return the use from the first month to the last (`YYYY-MM`), by month and access point.

    Without `first`: the site's current month. Without `last`: only the first month. Can be split by
    organisation or project; use without one comes first. Names no person. A session counts in the
    month in which it began; a running one counts with what was reported so far. Raises Forbidden,
    NotFound, Invalid.
    """
    actor.require(Permission.REPORTS_READ, site_id)
    zone = ZoneInfo(get_or_404(db, SiteRow, site_id, "site").time_zone)
    start, end = (moment.astimezone(zone).date() for moment in span(first, last, zone, now))
    columns = UsageDay.__table__.c
    names = _names(db, site_id, split)
    part = {
        None: literal(""),
        UsageSplit.ORGANISATION: columns.organisation_id,
        UsageSplit.PROJECT: columns.project_id,
    }[split]
    times = (columns.active_ms, columns.idle_ms, columns.powered_ms)
    sums = (columns.sessions, *times, columns.material_mg)
    month_of = (extract("year", columns.day), extract("month", columns.day))
    rows = db.execute(
        select(*month_of, columns.access_point_id, part, *map(func.sum, sums))
        .where(columns.site_id == site_id, columns.day >= start, columns.day < end)
        .group_by(*month_of, columns.access_point_id, part)
    )
    totals: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * len(sums))
    for year, month, point, part_id, *numbers in rows:
        total = totals[f"{int(year)}-{int(month):02}", point, part_id]
        for index, number in enumerate(numbers):
            total[index] += int(number)
    return [
        Usage(
            active_s=active / 1000,
            idle_s=idle / 1000,
            powered_s=powered / 1000,
            organisation_id=part or None if split is UsageSplit.ORGANISATION else None,
            project_id=part or None if split is UsageSplit.PROJECT else None,
            booked_to=names.get(part),
            access_point=point,
            month=month,
            sessions=count,
            active_min=_minutes(active),
            idle_min=_minutes(idle),
            powered_min=_minutes(powered),
            grams=material / 1000,
        )
        for (month, point, part), (count, active, idle, powered, material) in sorted(totals.items())
        if count
    ]


def _names(db: Session, site_id: str, split: UsageSplit | None) -> dict[str, Label]:
    if split is None:
        return {}
    model = OrganisationRow if split is UsageSplit.ORGANISATION else ProjectRow
    rows = db.execute(select(model.id, model.name).where(model.site_id == site_id))
    return {row.id: from_json(row.name, Label) for row in rows}


def span(first: str | None, last: str | None, zone: ZoneInfo, now: Utc) -> tuple[Utc, Utc]:
    """Return the start of the first month and the end of the last, in the zone. Raises Invalid."""
    first = now.astimezone(zone).strftime("%Y-%m") if first is None else first
    return _start(first, "first", zone), _start(
        _next_month(first if last is None else last), "last", zone
    )


def _minutes(milliseconds: int) -> int:
    return round(milliseconds / 60_000)


def _start(month: str, field: str, zone: ZoneInfo) -> Utc:
    if not _MONTH.fullmatch(month):
        raise Invalid.of(field, "a month such as 2026-09")
    year, number = map(int, month.split("-"))
    if not 2000 <= year <= 2999:
        raise Invalid.of(field, "a month from 2000-01 to 2999-12")
    return Utc.of(datetime(year, number, 1, tzinfo=zone))


def _next_month(month: str) -> str:
    if not _MONTH.fullmatch(month):
        return month
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"
