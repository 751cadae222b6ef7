"""What the room *screen* gives to the web side."""

from pathlib import Path

from webui.room import Room
from webui.screen import embed, managing, pages

ROOM = Room(
    name="screen",
    pages=(pages.pages, embed.pages, managing.pages),
    words=Path(__file__).with_name("words"),
)
