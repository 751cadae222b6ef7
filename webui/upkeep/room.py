"""What the room *upkeep* gives to the web side."""

from pathlib import Path

from webui.room import Room
from webui.upkeep import api, pages

ROOM = Room(
    name="upkeep", api=api.ROUTES, pages=(pages.pages,), words=Path(__file__).with_name("words")
)
