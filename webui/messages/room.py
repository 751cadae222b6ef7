"""What the room *messages* gives to the web side."""

from pathlib import Path

from webui.messages import stopping
from webui.room import Room

ROOM = Room(name="messages", pages=(stopping.pages,), words=Path(__file__).with_name("words"))
