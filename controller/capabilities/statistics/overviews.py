"""Reports of several sites together: everything of each, by its name and place, and their sums."""

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


def together(sites: Sequence[Site], found: Sequence[Overview]) -> Overview:
    """Everything of each. Whoever came to two is in both; hours of opening are the longest."""
    apart = [_at(site.name, each) for site, each in zip(sites, found, strict=True)]
    machines = [machine for each in apart for machine in each.machines]
    sums = Counter[tuple[str, Figure, str]]()
    for each in apart:
        sums.update(each.sums)
    return replace(
        apart[0],
        sums=dict(sums),
        visitors=_visitors([each.visitors for each in apart]),
        visitors_before=_visitors([each.visitors_before for each in apart]),
        certified=sum(each.certified for each in apart),
        open_s=max(each.open_s for each in apart),
        machines=tuple(sorted(machines, key=lambda each: (-each.active_s, each.id))),
        rooms=tuple(room for each in apart for room in each.rooms),
        more_rooms=sum(each.more_rooms for each in apart),
        courses=tuple(course for each in apart for course in each.courses),
        messages=tuple(message for each in apart for message in each.messages),
        crowded=tuple(message for each in apart for message in each.crowded),
    )


def _at(place: Label, one: Overview) -> Overview:
    """The same, each thing with the name of its place."""
    return replace(
        one,
        machines=_named(one.machines, place),
        rooms=_named(one.rooms, place),
        courses=_named(one.courses, place),
        messages=_named(one.messages, place),
        crowded=_named(one.crowded, place),
    )


def _named(found: Sequence[N], place: Label) -> tuple[N, ...]:
    return tuple(replace(each, name=_beside(each.name, place)) for each in found)  # type: ignore[type-var]


def _beside(name: Label | None, place: Label) -> Label | None:
    if name is None:
        return None
    where_fr, where_en = place.fr or place.en, place.en or place.fr
    return Label(fr=f"{name.fr or name.en}, {where_fr}", en=f"{name.en or name.fr}, {where_en}")


def _visitors(found: Sequence[Visitors]) -> Visitors:
    publics = Counter[str]()
    for each in found:
        publics.update(each.by_public)
    people = sum(each.people for each in found)
    return Visitors(people, publics, is_distinct=all(each.is_distinct for each in found))
