"""What the safety register gives to the web side."""

from pathlib import Path

from webui.room import Room
from webui.safety_register import api, pages
from webui.safety_register import writing as writing  # its pages are of the same family

ROOM = Room(
    name="safety_register",
    api=api.ROUTES,
    pages=(pages.pages,),
    words=Path(__file__).with_name("words"),
)
