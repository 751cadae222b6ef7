"""Changes of sites to which other features must react in the same transaction."""

from dataclasses import dataclass

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
