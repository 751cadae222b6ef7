"""What the room *places* gives to the web side."""

from pathlib import Path

from webui.places import api, naming_pages, pages, presence_end_pages, room_pages, walk_pages
from webui.room import Room

ROOM = Room(
    name="places",
    api=api.ROUTES,
    pages=(
        pages.pages,
        naming_pages.pages,
        room_pages.pages,
        walk_pages.pages,
        presence_end_pages.pages,
    ),
    words=Path(__file__).with_name("words"),
)
