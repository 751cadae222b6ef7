"""Combines the overviews of several sites."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from controller.capabilities.places.shapes import Site
from controller.capabilities.statistics import funder
from controller.capabilities.statistics.distinct import Visitors
from controller.capabilities.statistics.overview import Overview
from controller.capabilities.statistics.shapes import Figure
from controller.kernel.shapes import Label


class _Named(Protocol):
    @property
    def name(self) -> Label | None: ...


N = TypeVar("N", bound=_Named)


def combine(sites: Sequence[Site], overviews: Sequence[Overview]) -> Overview:
    """Return the combined overview of several sites.

    People who came to two sites count twice; the opening hours are those of the site with the
    longest.
    """
    renamed = [
        _with_site_name(site.name, overview)
        for site, overview in zip(sites, overviews, strict=True)
    ]
    machines = [machine for overview in renamed for machine in overview.machines]
    sums = Counter[tuple[str, Figure, str]]()
    for overview in renamed:
        sums.update(overview.sums)
    return replace(
        renamed[0],
        sums=dict(sums),
        totals=funder.totals(sums),
        visitors=_visitors([overview.visitors for overview in renamed]),
        visitors_before=_visitors([overview.visitors_before for overview in renamed]),
        certified=sum(overview.certified for overview in renamed),
        open_s=max(overview.open_s for overview in renamed),
        machines=tuple(sorted(machines, key=lambda machine: (-machine.active_s, machine.id))),
        rooms=tuple(room for overview in renamed for room in overview.rooms),
        more_rooms=sum(overview.more_rooms for overview in renamed),
        courses=tuple(course for overview in renamed for course in overview.courses),
        messages=tuple(message for overview in renamed for message in overview.messages),
        crowded=tuple(message for overview in renamed for message in overview.crowded),
    )


def _with_site_name(place: Label, overview: Overview) -> Overview:
    """Add the site's name to the name of each thing in an overview."""
    return replace(
        overview,
        machines=_with_site_names(overview.machines, place),
        rooms=_with_site_names(overview.rooms, place),
        courses=_with_site_names(overview.courses, place),
        messages=_with_site_names(overview.messages, place),
        crowded=_with_site_names(overview.crowded, place),
    )


def _with_site_names(items: Sequence[N], place: Label) -> tuple[N, ...]:
    return tuple(replace(entry, name=_name_with_site(entry.name, place)) for entry in items)  # type: ignore[type-var]


def _name_with_site(name: Label | None, place: Label) -> Label | None:
    if name is None:
        return None
    where_fr, where_en = place.fr or place.en, place.en or place.fr
    return Label(fr=f"{name.fr or name.en}, {where_fr}", en=f"{name.en or name.fr}, {where_en}")


def _visitors(visitors_of_sites: Sequence[Visitors]) -> Visitors:
    publics = Counter[str]()
    for entry in visitors_of_sites:
        publics.update(entry.by_public)
    people = sum(entry.people for entry in visitors_of_sites)
    return Visitors(
        people, publics, is_distinct=all(entry.is_distinct for entry in visitors_of_sites)
    )
