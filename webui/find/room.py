"""What the room *find* gives to the web side."""

from pathlib import Path

from webui.find import pages
from webui.room import Room

ROOM = Room(name="find", pages=(pages.pages,), words=Path(__file__).with_name("words"))
