"""What the room *mine* gives to the web side."""

from pathlib import Path

from webui.mine import own, pages, terminal
from webui.room import Room

ROOM = Room(
    name="mine",
    pages=(pages.pages, own.pages, terminal.pages, terminal.codes_pages, terminal.touches),
    words=Path(__file__).with_name("words"),
)
