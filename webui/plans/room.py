"""What the room *plans* gives to the web side."""

from pathlib import Path

from webui.plans import api, pages
from webui.room import Room

ROOM = Room(
    name="plans", api=api.ROUTES, pages=(pages.pages,), words=Path(__file__).with_name("words")
)
