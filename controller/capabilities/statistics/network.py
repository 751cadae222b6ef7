"""The funder report of several sites: the sum of their reports, with each site's share."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from sqlalchemy.orm import Session

from controller.capabilities.statistics import funder
from controller.capabilities.statistics.shapes import Counted, Figure, FunderMonth, NetworkMonth
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Invalid

SITE_LIMIT = 50
"""Maximum number of sites of a report."""
_SITE_FIELDS = ("month", "site_id", "since", "until", "figures")
_SUMS = tuple(
    struct_field
    for struct_field in FunderMonth.__struct_fields__
    if struct_field not in _SITE_FIELDS
)
_ORDER = {figure: place for place, figure in enumerate(Figure)}


def report(
    db: Session,
    site_ids: Sequence[str],
    *,
    first: str | None = None,
    last: str | None = None,
    actor: Actor,
    now: Utc,
) -> list[NetworkMonth]:
    """Return reports from the first month to the last; by default of the first site's current
    month.

    Raises Forbidden, NotFound, Invalid.
    """
    site_ids = tuple(dict.fromkeys(site_ids))
    if not 0 < len(site_ids) <= SITE_LIMIT:
        raise Invalid.of("sites", f"from 1 to {SITE_LIMIT} sites")
    reports = [funder.report(db, site_ids[0], first=first, last=last, actor=actor, now=now)]
    first, last = reports[0][0].month, reports[0][-1].month
    for site in site_ids[1:]:
        reports.append(funder.report(db, site, first=first, last=last, actor=actor, now=now))
    return [_combine(of_month) for of_month in zip(*reports, strict=True)]


def _combine(sites: Sequence[FunderMonth]) -> NetworkMonth:
    sums: dict[str, Any] = {name: _sum([getattr(site, name) for site in sites]) for name in _SUMS}
    return NetworkMonth(
        month=sites[0].month,
        since=min(site.since for site in sites),
        until=max(site.until for site in sites),
        figures=_figures(sites),
        sites=list(sites),
        **sums,
    )


def _figures(sites: Sequence[FunderMonth]) -> list[Counted]:
    """Return all figures and parts that at least one site counts, summed over the sites."""
    source = page_of([site.site_id for site in sites], sites[0].month)
    summed: dict[tuple[Figure, str | None], Counted] = {}
    for site in sites:
        for figure in site.figures:
            key = (figure.figure, figure.part)
            if (summed_so_far := summed.get(key)) is not None:
                value = _sum([summed_so_far.value, figure.value])
                figure = msgspec.structs.replace(summed_so_far, value=value, source=source)
            summed[key] = figure
    return sorted(summed.values(), key=lambda count: (_ORDER[count.figure], -count.value))


def page_of(site_ids: Sequence[str], month: str) -> str:
    """Return the address of the page with each site's share."""
    parameters = [
        ("first", month),
        ("last", month),
        *(("place", site_id) for site_id in site_ids[1:]),
    ]
    return f"/s/{site_ids[0]}/reports/funder?{urlencode(parameters)}"


def _sum(values: Sequence[int | float]) -> int | float:
    """Return the sum, exact to the millisecond."""
    total = sum(values)
    return round(total, 3) if isinstance(total, float) else total
