"""What happens to places that other rooms must act upon, in the same transaction."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CalendarChanged:
    """A site has another time zone: its days begin at other times."""

    site_id: str


@dataclass(frozen=True, slots=True)
class SiteMade:
    """There is one more site."""

    site_id: str
