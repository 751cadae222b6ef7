"""What the room *setup* gives to the web side."""

from pathlib import Path

from webui.room import Room
from webui.setup import pages

ROOM = Room(name="setup", pages=(pages.pages,), words=Path(__file__).with_name("words"))
