"""What the room *desk* gives to the web side."""

from pathlib import Path

from webui.desk import acts, cards, entering, giving, lending, pages, reader
from webui.room import Room

ROOM = Room(
    name="desk",
    pages=(
        pages.pages,
        entering.pages,
        acts.pages,
        giving.pages,
        lending.pages,
        reader.pages,
        cards.pages,
    ),
    words=Path(__file__).with_name("words"),
)
