"""What the room *statistics* gives to the web side."""

from pathlib import Path

from webui.room import Room
from webui.statistics import api, pages, traits_pages
from webui.statistics import funder_paper as funder_paper  # its pages are of the same family

ROOM = Room(
    name="statistics",
    api=api.ROUTES,
    pages=(pages.pages, traits_pages.pages),
    words=Path(__file__).with_name("words"),
)
