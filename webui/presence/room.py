"""What the room *presence* gives to the web side."""

from pathlib import Path

from webui.presence import api, pages
from webui.room import Room

ROOM = Room(
    name="presence", api=api.ROUTES, pages=(pages.pages,), words=Path(__file__).with_name("words")
)
