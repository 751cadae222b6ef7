"""What the room *bench* gives to the web side."""

from webui.bench import pages
from webui.room import Room

ROOM = Room(
    name="bench", pages=(pages.pages,), offered=lambda context: context.hardware is not None
)
