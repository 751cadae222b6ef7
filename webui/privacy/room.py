"""What the room *privacy* gives to the web side."""

from pathlib import Path

from webui.privacy import api, due_pages, pages
from webui.room import Room

ROOM = Room(
    name="privacy",
    api=api.ROUTES,
    pages=(pages.pages, due_pages.pages),
    words=Path(__file__).with_name("words"),
)
