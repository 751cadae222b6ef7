"""The usage report: minutes of each access point in each month of its site's calendar."""

import re
from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.shapes import Usage, UsageSplit
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.rows import found
from controller.kernel.shapes import Label
from controller.policy.reading import fact

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
    """From the first month to the last (`YYYY-MM`), ordered by month and access point.

    Without a first it is the site's present month; without a last, that one month.
    Split by organisation or project on demand, what was booked to none first; no person is named.
    A session counts in the month in which it began, one that still runs with what was told of it.
    """
    actor.require(Permission.REPORTS_READ, site_id)
    zone = ZoneInfo(found(db, SiteRow, site_id, "site").time_zone)
    start, end = span(first, last, zone, now)
    columns = SessionRow.__table__.c
    names = _names(db, site_id, split)
    totals: defaultdict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0, 0, 0, 0])
    part = {
        None: literal(None),
        UsageSplit.ORGANISATION: columns.organisation_id,
        UsageSplit.PROJECT: columns.project_id,
    }[split]
    for row in db.execute(
        select(
            columns.access_point_id,
            columns.started_at,
            columns.active_s,
            columns.idle_s,
            columns.powered_s,
            part.label("part"),
        ).where(columns.site_id == site_id, columns.started_at >= start, columns.started_at < end)
    ):
        month = row.started_at.astimezone(zone).strftime("%Y-%m")
        total = totals[month, row.access_point_id, row.part or ""]
        for index, value in enumerate((1, row.active_s, row.idle_s, row.powered_s)):
            total[index] += value
    return [
        Usage(
            active_s=active,
            idle_s=idle,
            powered_s=powered,
            organisation_id=part or None if split is UsageSplit.ORGANISATION else None,
            project_id=part or None if split is UsageSplit.PROJECT else None,
            booked_to=names.get(part),
            access_point=point,
            month=month,
            sessions=int(count),
            active_min=_minutes(active),
            idle_min=_minutes(idle),
            powered_min=_minutes(powered),
        )
        for (month, point, part), (count, active, idle, powered) in sorted(totals.items())
    ]


def _names(db: Session, site_id: str, split: UsageSplit | None) -> dict[str, Label]:
    if split is None:
        return {}
    model = OrganisationRow if split is UsageSplit.ORGANISATION else ProjectRow
    rows = db.execute(select(model.id, model.name).where(model.site_id == site_id))
    return {row.id: fact(row.name, Label) for row in rows}


def span(first: str | None, last: str | None, zone: ZoneInfo, now: Utc) -> tuple[Utc, Utc]:
    """The start of the first month and the end of the last, there. Raises Invalid."""
    first = now.astimezone(zone).strftime("%Y-%m") if first is None else first
    return _start(first, "first", zone), _start(
        _next(first if last is None else last), "last", zone
    )


def _minutes(seconds: float) -> int:
    return round(seconds / 60)


def _start(month: str, field: str, zone: ZoneInfo) -> Utc:
    if not _MONTH.fullmatch(month):
        raise Invalid.of(field, "a month such as 2026-09")
    year, number = map(int, month.split("-"))
    if not 2000 <= year <= 2999:
        raise Invalid.of(field, "a month from 2000-01 to 2999-12")
    return Utc.of(datetime(year, number, 1, tzinfo=zone))


def _next(month: str) -> str:
    if not _MONTH.fullmatch(month):
        return month
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"
