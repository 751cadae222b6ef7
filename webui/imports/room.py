"""What the room *imports* gives to the web side."""

from pathlib import Path

from webui.imports import pages
from webui.room import Room

ROOM = Room(name="imports", pages=(pages.pages,), words=Path(__file__).with_name("words"))
