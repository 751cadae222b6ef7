"""What the room *components* gives to the web side."""

from pathlib import Path

from webui.components import pages
from webui.room import Room

ROOM = Room(
    name="components",
    pages=(pages.pages,),
    offered=lambda context: context.hardware is not None,
    words=Path(__file__).with_name("words"),
)
