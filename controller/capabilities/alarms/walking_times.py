"""The shortest time to walk from one reader to another, as sites have set it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from controller.domain.time import Utc

BETWEEN_SITES_S = 60
"""Seconds between two sites that set nothing: they may be two floors of one building."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The use of a badge at a reader, between two times of the controller's clock."""

    site: str
    agent: str
    point: str
    zones: frozenset[str]
    """The zone of a machine, or both sides of a door."""
    earliest: Utc
    latest: Utc

    def is_sooner_than(self, seconds: float, other: "Sighting") -> bool:
        """Whether the two certainly happened within that many seconds of each other."""
        longest = max(self.latest, other.latest) - min(self.earliest, other.earliest)
        return longest.total_seconds() < seconds


@dataclass(frozen=True, slots=True)
class SiteRules:
    """Walking times of one site."""

    walks: Mapping[frozenset[str], int]
    """Seconds by pair of zones."""
    from_elsewhere_s: int | None
    """Seconds from any other site; None: not set."""
    suspends: bool
    """Whether copied badges of this site's members are suspended."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Walking times of all sites."""

    sites: Mapping[str, SiteRules]

    @classmethod
    def of(cls, rows: Iterable[Any]) -> "Rules":
        """Make the rules from rows of site id, walking times, seconds from other sites, suspension.

        Walking times are in the form in which `places` stores them.
        """
        return cls(
            {
                site: SiteRules(
                    {frozenset(walk["zones"]): walk["seconds"] for walk in walks},
                    from_elsewhere_s,
                    suspends,
                )
                for site, walks, from_elsewhere_s, suspends in rows
            }
        )

    @property
    def several(self) -> bool:
        """Whether there are several sites."""
        return len(self.sites) > 1

    @property
    def compares_anything(self) -> bool:
        """Whether there are any two readers to compare."""
        return self.several or any(site.walks for site in self.sites.values())

    def compares(self, seen: Sighting, *, is_known_elsewhere: bool) -> bool:
        """Whether this reader is compared with others, for a badge whose member is known
        elsewhere."""
        walks = self.sites[seen.site].walks
        return (self.several and is_known_elsewhere) or any(pair & seen.zones for pair in walks)


def walk_s(first: Sighting, second: Sighting, rules: Rules) -> int:
    """Return the shortest walking time in seconds; 0: unknown, or nothing to compare."""
    if first.agent == second.agent:
        return 0
    here, there = rules.sites[first.site], rules.sites[second.site]
    if first.site != second.site:
        stated = [place.from_elsewhere_s for place in (here, there)]
        return max((seconds for seconds in stated if seconds is not None), default=BETWEEN_SITES_S)
    if not (first.zones and second.zones) or first.zones & second.zones:
        return 0
    pairs = product(first.zones, second.zones)
    return min(here.walks.get(frozenset(pair), 0) for pair in pairs)
