"""What the room *bookings* gives to the web side."""

from pathlib import Path

from webui.bookings import api, pages
from webui.room import Room

ROOM = Room(
    name="bookings", api=api.ROUTES, pages=(pages.pages,), words=Path(__file__).with_name("words")
)
