"""Hours of machines: by machine, room, public, organisation, project and funding partner."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, String, cast, func, select
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.statistics.models import Funding, PartnerRow
from controller.capabilities.statistics.scope import Row, Scope
from controller.capabilities.statistics.shapes import Figure
from controller.capabilities.usage.models import UsageDay


def rows(db: Session, scope: Scope) -> Iterator[Row]:
    """From the daily totals. A session counts where it began; one that a partner's project asked
    for counts for each partner of that project."""
    rooms = {point: room for point, room in db.execute(_here(scope))}  # noqa: C416  rows are no pairs to mypy
    partners = _partners(db, scope.site_id)
    for when, point, organisation, project, public, uses, active in db.execute(_sums(scope)):
        time = int(active)
        if int(uses):
            yield Row(when, Figure.USES, point, int(uses))
        if not time:
            continue
        yield Row(when, Figure.MACHINE_TIME, point, time)
        yield Row(when, Figure.ROOM_TIME, rooms.get(point) or "", time)
        yield Row(when, Figure.PUBLIC_TIME, public, time)
        yield Row(when, Figure.ORGANISATION_TIME, organisation, time)
        yield Row(when, Figure.PROJECT_TIME, project, time)
        for partner in partners.get(project) or [""]:
            yield Row(when, Figure.PARTNER_TIME, partner, time)


def _sums(scope: Scope) -> Select[Any]:
    columns = UsageDay.__table__.c
    first, after = scope.days
    # The month as SQLite and PostgreSQL both write it.
    when = func.substr(cast(columns.day, String), 1, 10 if scope.by_day else 7)
    key = (columns.access_point_id, columns.organisation_id, columns.project_id, columns.public)
    return (
        select(when, *key, func.sum(columns.sessions), func.sum(columns.active_ms))
        .where(columns.site_id == scope.site_id, columns.day >= first, columns.day < after)
        .group_by(when, *key)
        .order_by(when, *key)
    )


def _here(scope: Scope) -> Select[str, str | None]:
    here = AccessPointRow.site_id == scope.site_id
    return select(AccessPointRow.id, AccessPointRow.zone_id).where(here)


def _partners(db: Session, site_id: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    pairs = select(Funding.project_id, Funding.partner_id).join(PartnerRow)
    for project, partner in db.execute(pairs.where(PartnerRow.site_id == site_id)):
        found[project].append(partner)
    return found
