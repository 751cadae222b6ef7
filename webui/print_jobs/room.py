"""What the room *print jobs* gives to the web side."""

from pathlib import Path

from webui.print_jobs import api, pages
from webui.room import Room

ROOM = Room(
    name="print_jobs", api=api.ROUTES, pages=(pages.pages,), words=Path(__file__).with_name("words")
)
