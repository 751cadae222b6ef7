"""What the room *member_files* gives to the web side."""

from pathlib import Path

from webui.member_files import pages, taking_back
from webui.room import Room

ROOM = Room(
    name="member_files",
    pages=(pages.pages, taking_back.pages),
    words=Path(__file__).with_name("words"),
)
