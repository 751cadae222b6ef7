"""The shortest time to walk from one reader to another, as sites configure it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from controller.domain.time import Utc

BETWEEN_SITES_S = 60
"""Seconds between two sites that configure nothing: they may be two floors of one building."""


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
        """Return whether the two uses were certainly less than that many seconds apart."""
        longest = max(self.latest, other.latest) - min(self.earliest, other.earliest)
        return longest.total_seconds() < seconds


@dataclass(frozen=True, slots=True)
class SiteRules:
    """Walking times of one site."""

    walks: Mapping[frozenset[str], int]
    """Seconds by pair of zones."""
    from_elsewhere_s: int | None
    """Seconds from any other site; None: not configured."""
    suspends: bool
    """Whether copied badges of this site's members are suspended."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Walking times of all sites."""

    sites: Mapping[str, SiteRules]

    @classmethod
    def of(cls, rows: Iterable[Any]) -> "Rules":
        """Make the rules from rows of site id, walking times, seconds from other sites, suspension.

        Walking times have the form in which `places` stores them.
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
    def has_several_sites(self) -> bool:
        return len(self.sites) > 1

    @property
    def compares_anything(self) -> bool:
        """Return whether any two readers are compared."""
        return self.has_several_sites or any(site.walks for site in self.sites.values())

    def compares(self, sighting: Sighting, *, is_known_elsewhere: bool) -> bool:
        """Return whether this reader is compared with others, for a badge whose member is known
        elsewhere."""
        walks = self.sites[sighting.site].walks
        return (self.has_several_sites and is_known_elsewhere) or any(
            pair & sighting.zones for pair in walks
        )


def walk_s(first: Sighting, second: Sighting, rules: Rules) -> int:
    """Return the shortest walking time in seconds; 0 if unknown or not compared."""
    if first.agent == second.agent:
        return 0
    first_site, second_site = rules.sites[first.site], rules.sites[second.site]
    if first.site != second.site:
        stated = [place.from_elsewhere_s for place in (first_site, second_site)]
        return max((seconds for seconds in stated if seconds is not None), default=BETWEEN_SITES_S)
    if not (first.zones and second.zones) or first.zones & second.zones:
        return 0
    pairs = product(first.zones, second.zones)
    return min(first_site.walks.get(frozenset(pair), 0) for pair in pairs)
