"""What the room *agents* gives to the web side."""

from pathlib import Path

from webui.agents import api, pages, plugs
from webui.room import Room

ROOM = Room(
    name="agents",
    api=api.ROUTES,
    pages=(pages.pages, plugs.pages),
    words=Path(__file__).with_name("words"),
)
