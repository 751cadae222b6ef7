"""What happens to places that other features must act upon, in the same transaction."""

from dataclasses import dataclass

from controller.domain.time import Utc
from controller.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class CalendarChanged:
    """A site has another time zone: its days begin at other times."""

    site_id: str


@dataclass(frozen=True, slots=True)
class SiteMade:
    """There is one more site."""

    site_id: str
    actor: Actor
    now: Utc
