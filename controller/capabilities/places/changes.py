"""Changes of sites and zones to which other features must react in the same transaction."""

from dataclasses import dataclass, field

from controller.domain.time import Utc
from controller.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class CalendarChanged:
    """A site's time zone has changed, so its days begin at other times."""

    site_id: str


@dataclass(frozen=True, slots=True)
class SiteCreated:
    """A new site is being created."""

    site_id: str
    actor: Actor
    now: Utc


@dataclass(frozen=True, slots=True)
class ZoneUses:
    """Asks what refers to a zone: a feature whose documents name it adds a word to `uses`."""

    zone_id: str
    site_id: str
    uses: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ZoneRemoved:
    """A zone to which nothing refers is about to be deleted, with what only belongs to it."""

    zone_id: str
