"""What the room *lending* gives to the web side."""

from pathlib import Path

from tests.support.web.lending import api, pages
from webui.room import Room

ROOM = Room(
    name="lending",
    api=api.ROUTES,
    pages=(pages.pages,),
    words=Path(__file__).with_name("words"),
    examples=Path(__file__).with_name("examples.json"),
)
