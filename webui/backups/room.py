"""What the room *backups* gives to the web side."""

from pathlib import Path

from webui.backups import pages
from webui.room import Room

ROOM = Room(name="backups", pages=(pages.pages,), words=Path(__file__).with_name("words"))
