"""Combine the overviews of several sites: all their things, and the sums."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from controller.capabilities.places.shapes import Site
from controller.capabilities.statistics.distinct import Visitors
from controller.capabilities.statistics.overview import Overview
from controller.capabilities.statistics.shapes import Figure
from controller.kernel.shapes import Label


class _Named(Protocol):
    @property
    def name(self) -> Label | None: ...


N = TypeVar("N", bound=_Named)


def combine(sites: Sequence[Site], found: Sequence[Overview]) -> Overview:
    """Return the combined overview of several sites.

    People who came to two sites count twice; the opening hours are those of the site with the
    longest.
    """
    apart = [_at(site.name, overview) for site, overview in zip(sites, found, strict=True)]
    machines = [machine for overview in apart for machine in overview.machines]
    sums = Counter[tuple[str, Figure, str]]()
    for overview in apart:
        sums.update(overview.sums)
    return replace(
        apart[0],
        sums=dict(sums),
        visitors=_visitors([overview.visitors for overview in apart]),
        visitors_before=_visitors([overview.visitors_before for overview in apart]),
        certified=sum(overview.certified for overview in apart),
        open_s=max(overview.open_s for overview in apart),
        machines=tuple(sorted(machines, key=lambda machine: (-machine.active_s, machine.id))),
        rooms=tuple(room for overview in apart for room in overview.rooms),
        more_rooms=sum(overview.more_rooms for overview in apart),
        courses=tuple(course for overview in apart for course in overview.courses),
        messages=tuple(message for overview in apart for message in overview.messages),
        crowded=tuple(message for overview in apart for message in overview.crowded),
    )


def _at(place: Label, one: Overview) -> Overview:
    """Add the site's name to the name of each thing in an overview."""
    return replace(
        one,
        machines=_named(one.machines, place),
        rooms=_named(one.rooms, place),
        courses=_named(one.courses, place),
        messages=_named(one.messages, place),
        crowded=_named(one.crowded, place),
    )


def _named(found: Sequence[N], place: Label) -> tuple[N, ...]:
    return tuple(replace(entry, name=_beside(entry.name, place)) for entry in found)  # type: ignore[type-var]


def _beside(name: Label | None, place: Label) -> Label | None:
    if name is None:
        return None
    where_fr, where_en = place.fr or place.en, place.en or place.fr
    return Label(fr=f"{name.fr or name.en}, {where_fr}", en=f"{name.en or name.fr}, {where_en}")


def _visitors(found: Sequence[Visitors]) -> Visitors:
    publics = Counter[str]()
    for entry in found:
        publics.update(entry.by_public)
    people = sum(entry.people for entry in found)
    return Visitors(people, publics, is_distinct=all(entry.is_distinct for entry in found))
