"""What the room *machines* gives to the web side."""

from pathlib import Path

from webui.machines import api, commissioning_api, door_api, machine, maintained, pages
from webui.room import Room

ROOM = Room(
    name="machines",
    api=(*api.ROUTES, *commissioning_api.ROUTES, *door_api.ROUTES),
    pages=(pages.pages, machine.pages, maintained.pages),
    words=Path(__file__).with_name("words"),
)
