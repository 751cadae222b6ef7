"""What the room *mail* gives to the web side."""

from pathlib import Path

from webui.mail import pages
from webui.room import Room

ROOM = Room(name="mail", pages=(pages.pages,), words=Path(__file__).with_name("words"))
