"""The funder report: exact figures of a place by month, each with how it was counted."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, String, cast, func, select
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places.models import SiteRow
from controller.capabilities.statistics import course_figures, naming, others
from controller.capabilities.statistics.models import Funding, PartnerRow
from controller.capabilities.statistics.scope import Row, Scope, next_month
from controller.capabilities.statistics.shapes import (
    Counted,
    Figure,
    FunderMonth,
    TraceLine,
    Unit,
    unit_of,
)
from controller.capabilities.usage.models import UsageDay
from controller.capabilities.usage.report import span
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.rows import get_or_404

# Machine hours: by machine, room, category of members, organisation, project and partner.


def hours_rows(db: Session, scope: Scope) -> Iterator[Row]:
    """Yield rows of machine use from the daily totals.

    A session counts where it began; time for a project counts for each partner that funds it.
    """
    rooms = {point: room for point, room in db.execute(_access_points(scope))}  # noqa: C416  mypy: not pairs
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
    # The month, in SQL for both SQLite and PostgreSQL.
    when = func.substr(cast(columns.day, String), 1, 10 if scope.by_day else 7)
    key = (columns.access_point_id, columns.organisation_id, columns.project_id, columns.public)
    return (
        select(when, *key, func.sum(columns.sessions), func.sum(columns.active_ms))
        .where(columns.site_id == scope.site_id, columns.day >= first, columns.day < after)
        .group_by(when, *key)
        .order_by(when, *key)
    )


def _access_points(scope: Scope) -> Select[str, str | None]:
    points_of_site = AccessPointRow.site_id == scope.site_id
    return select(AccessPointRow.id, AccessPointRow.zone_id).where(points_of_site)


def _partners(db: Session, site_id: str) -> dict[str, list[str]]:
    partners_by_project: dict[str, list[str]] = defaultdict(list)
    pairs = select(Funding.project_id, Funding.partner_id).join(PartnerRow)
    for project, partner in db.execute(pairs.where(PartnerRow.site_id == site_id)):
        partners_by_project[project].append(partner)
    return partners_by_project


MONTH_LIMIT = 36
"""Maximum number of months of a report."""
Counting = Callable[[Session, Scope], Iterator[Row]]
"""Counts one or more figures."""
_COUNTINGS: tuple[tuple[frozenset[Figure], Counting], ...] = (
    (frozenset((Figure.VISITORS, Figure.PUBLIC_VISITORS)), others.visitor_rows),
    (frozenset((Figure.ENTRIES, Figure.PRESENCE)), others.presence_rows),
    (
        frozenset(
            (
                *(Figure.USES, Figure.MACHINE_TIME, Figure.ROOM_TIME, Figure.PUBLIC_TIME),
                *(Figure.ORGANISATION_TIME, Figure.PROJECT_TIME, Figure.PARTNER_TIME),
            )
        ),
        hours_rows,
    ),
    (frozenset((Figure.COURSES, Figure.TAUGHT, Figure.HEADCOUNT)), course_figures.held_sessions),
    (frozenset((Figure.CERTIFIED, Figure.CERTIFICATIONS)), course_figures.given_certifications),
    (frozenset((Figure.VOLUNTEERS,)), others.volunteers),
    (frozenset((Figure.DOWNTIME, Figure.STOPS)), others.stops),
    (frozenset((Figure.REPAIRS,)), others.repairs),
    (frozenset((Figure.REVENUE,)), others.revenue),
    (
        frozenset((Figure.GENRE, Figure.TRANCHE_AGE, Figure.STATUT_SOCIAL, Figure.COMMUNE)),
        others.visitor_answers,
    ),
)
"""Which function counts which figures."""
Sums = dict[tuple[str, Figure, str], int]
"""Amounts by month or day, figure and part."""


def report(
    db: Session,
    site_id: str,
    *,
    first: str | None = None,
    last: str | None = None,
    actor: Actor,
    now: Utc,
) -> list[FunderMonth]:
    """Return the reports from the first month to the last (`YYYY-MM`); by default the current
    month.

    Raises Forbidden, NotFound, Invalid.
    """
    actor.require(Permission.REPORTS_READ, site_id)
    site = get_or_404(db, SiteRow, site_id, "site")
    scope = scope_of(site, first, last, now)
    sums = sums_of(db, scope)
    names, by_figure = naming.names(db, site_id), totals(sums)
    by_month: dict[str, list[Counted]] = defaultdict(list)
    for (month, figure, part), amount in sorted(sums.items(), key=_sort_key):
        by_month[month].append(_counted_figure(site_id, month, figure, part, amount, names))
    return [_month(site, scope, month, by_month[month], by_figure) for month in scope.months]


def count_empty_sessions(
    db: Session, site_id: str, first: str, last: str, *, actor: Actor, now: Utc
) -> int:
    """Return the number of course sessions without participants in these months.

    Raises Forbidden, NotFound, Invalid.
    """
    actor.require(Permission.REPORTS_READ, site_id)
    site = get_or_404(db, SiteRow, site_id, "site")
    return course_figures.count_empty_sessions(db, scope_of(site, first, last, now))


def scope_of(
    site: SiteRow, first: str | None, last: str | None, now: Utc, *, by_day: bool = False
) -> Scope:
    """Return the scope of these months at the site. Raises Invalid."""
    zone = ZoneInfo(site.time_zone)
    start, end = span(first, last, zone, now)
    begins, ends = (
        f"{at.astimezone(zone):%Y-%m}" for at in (start, Utc.of(end - _ONE_MILLISECOND))
    )
    if ends < begins:
        raise Invalid.of("until", "before the first month")
    scope = Scope(site_id=site.id, zone=zone, first=begins, last=ends, now=now, by_day=by_day)
    if len(scope.months) > MONTH_LIMIT:
        raise Invalid.of("until", f"at most {MONTH_LIMIT} months at once")
    return scope


_ONE_MILLISECOND = timedelta(milliseconds=1)
"""Subtracted from an exclusive end to find the last month."""


def sums_of(db: Session, scope: Scope, only: Figure | None = None) -> Sums:
    """Return every figure, or one of them, by month or day and by part."""
    sums: Sums = defaultdict(int)
    for figures, counting in _COUNTINGS:
        if only is None or only in figures:
            for when, figure, part, amount in counting(db, scope):
                sums[when, figure, part] += amount
    return {key: amount for key, amount in sums.items() if only is None or key[1] is only}


def trace(
    db: Session,
    site_id: str,
    first: str,
    figure: Figure,
    *,
    last: str | None = None,
    actor: Actor,
    now: Utc,
) -> list[TraceLine]:
    """Return the amounts that add up to a figure: by day for one month, by month for several.

    Raises Forbidden, NotFound, Invalid.
    """
    actor.require(Permission.REPORTS_READ, site_id)
    site = get_or_404(db, SiteRow, site_id, "site")
    scope = scope_of(site, first, last, now, by_day=last in (None, first))
    amounts = sorted(sums_of(db, scope, figure).items())
    return [TraceLine(when=when, part=part, amount=n) for (when, _, part), n in amounts]


def totals(sums: Sums) -> Counter[tuple[str, Figure]]:
    """Return the sum of all parts, by month and figure."""
    by_figure = Counter[tuple[str, Figure]]()
    for (month, figure, _), amount in sums.items():
        by_figure[month, figure] += amount
    return by_figure


def parts_of(sums: Sums, figure: Figure, months: Collection[str]) -> Counter[str]:
    """Return the amounts of a figure in these months, by part."""
    amounts = Counter[str]()
    for (month, entry_figure, part), amount in sums.items():
        if entry_figure is figure and month in months:
            amounts[part] += amount
    return amounts


def value_of(figure: Figure, amount: int) -> int | float:
    """Return the value in the report's unit: milliseconds become seconds."""
    return amount / 1000 if unit_of(figure) is Unit.SECONDS else amount


def source_url(site_id: str, month: str, figure: Figure) -> str:
    """Return the address of the page that shows how the figure was counted."""
    return f"/s/{site_id}/reports/counted/{figure.value}?month={month}"


def _sort_key(entry: tuple[tuple[str, Figure, str], int]) -> tuple[str, int, int]:
    """Sort by month, then in the order of the figures, then by descending amount."""
    (month, figure, _), amount = entry
    return month, _ORDER[figure], -amount


_ORDER = {figure: place for place, figure in enumerate(Figure)}


def _counted_figure(
    site_id: str, month: str, figure: Figure, part: str, amount: int, names: naming.Names
) -> Counted:
    return Counted(
        figure=figure,
        part=part or None,
        name=names.get((figure, part)),
        value=value_of(figure, amount),
        unit=unit_of(figure),
        source=source_url(site_id, month, figure),
    )


def _month(
    site: SiteRow,
    scope: Scope,
    month: str,
    figures: list[Counted],
    by_figure: Counter[tuple[str, Figure]],
) -> FunderMonth:
    def sum_of(figure: Figure) -> int:
        return by_figure[month, figure]

    first, last = date.fromisoformat(f"{month}-01"), date.fromisoformat(f"{next_month(month)}-01")
    began, today = (at.astimezone(scope.zone).date() for at in (site.created_at, scope.now))
    return FunderMonth(
        month=month,
        site_id=site.id,
        since=max(first, began) if began < last else first,
        until=min(last - timedelta(days=1), today) if today >= first else last - timedelta(days=1),
        visitors=sum_of(Figure.VISITORS),
        active_s=sum_of(Figure.MACHINE_TIME) / 1000,
        uses=sum_of(Figure.USES),
        course_sessions=sum_of(Figure.COURSES),
        taught_min=sum_of(Figure.TAUGHT) // 60_000,
        headcount=sum_of(Figure.HEADCOUNT),
        certified=sum_of(Figure.CERTIFIED),
        volunteer_min=sum_of(Figure.VOLUNTEERS) // 60_000,
        downtime_s=sum_of(Figure.DOWNTIME) / 1000,
        repairs=sum_of(Figure.REPAIRS),
        revenue_cents=sum_of(Figure.REVENUE),
        figures=figures,
    )


def differences(before: Sums, after: Sums) -> Iterable[str]:
    """Yield a line for each figure that has changed, with both values."""
    for key in sorted({*before, *after}):
        old_value, new_value = before.get(key, 0), after.get(key, 0)
        if old_value != new_value:
            month, figure, part = key
            yield f"{month} {figure.value} {part or '-'}: {old_value} was {new_value}"
