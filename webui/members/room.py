"""What the room *members* gives to the web side."""

from pathlib import Path

from webui.members import (
    adding,
    api,
    booked,
    certifying,
    duties,
    member,
    merging,
    pages,
    several,
    works_for_api,
)
from webui.room import Room

ROOM = Room(
    name="members",
    api=(*api.ROUTES, *works_for_api.ROUTES),
    pages=(
        pages.pages,
        adding.pages,
        member.pages,
        certifying.pages,
        booked.pages,
        duties.pages,
        several.pages,
        merging.pages,
    ),
    words=Path(__file__).with_name("words"),
)
