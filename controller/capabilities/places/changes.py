"""What other rooms are told of changes of places."""

from msgspec import Struct


class CalendarChanged(Struct, frozen=True):
    """A site has another time zone: its days begin at other times."""

    site_id: str
