"""What the room *setup* gives to the web side."""

from pathlib import Path

from webui.room import Room
from webui.setup import network_pages, pages

ROOM = Room(
    name="setup", pages=(pages.pages, network_pages.pages), words=Path(__file__).with_name("words")
)
