"""What the room *member_files* gives to the web side."""

from pathlib import Path

from webui.member_files import pages
from webui.room import Room

ROOM = Room(name="member_files", pages=(pages.pages,), words=Path(__file__).with_name("words"))
