"""What the room *badges* gives to the web side."""

from pathlib import Path

from webui.badges import api, pages
from webui.room import Room

ROOM = Room(
    name="badges", api=api.ROUTES, pages=(pages.pages,), words=Path(__file__).with_name("words")
)
