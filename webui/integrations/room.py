"""What the page *Integrations* gives to the web side; its lines come from the rooms."""

from pathlib import Path

from webui.integrations import pages
from webui.room import Room

ROOM = Room(name="integrations", pages=(pages.pages,), words=Path(__file__).with_name("words"))
