"""What the room *tell* gives to the web side."""

from pathlib import Path

from webui.room import Room
from webui.tell import api, needs_pages, pages, poster, public

ROOM = Room(
    name="tell",
    api=api.ROUTES,
    pages=(pages.pages, poster.pages, public.pages, needs_pages.pages),
    words=Path(__file__).with_name("words"),
)
