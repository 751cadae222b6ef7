"""What the room *chat* gives to the web side."""

from pathlib import Path

from webui.chat import pages
from webui.room import Room

ROOM = Room(name="chat", pages=(pages.pages,), words=Path(__file__).with_name("words"))
