"""What the room *organisations* gives to the web side."""

from pathlib import Path

from webui.organisations import api, pages, project_pages
from webui.room import Room

ROOM = Room(
    name="organisations",
    api=api.ROUTES,
    pages=(pages.pages, project_pages.pages),
    words=Path(__file__).with_name("words"),
)
