"""What the room *desk* gives to the web side."""

from pathlib import Path

from webui.desk import acts, pages
from webui.room import Room

ROOM = Room(name="desk", pages=(pages.pages, acts.pages), words=Path(__file__).with_name("words"))
