"""What the room *since* gives to the web side."""

from pathlib import Path

from webui.room import Room
from webui.since import pages

ROOM = Room(name="since", pages=(pages.pages,), words=Path(__file__).with_name("words"))
