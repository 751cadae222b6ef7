"""What the room *lending* gives to the web side."""

from pathlib import Path

from tests.support.lending_web import api, pages
from webui.room import Room

LENDING_WEB = Room(
    name="lending",
    api=api.ROUTES,
    pages=(pages.pages,),
    words=Path(__file__).with_name("words"),
    examples=Path(__file__).with_name("examples.json"),
)
