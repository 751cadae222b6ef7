"""What the room *live* gives to the web side."""

from pathlib import Path

from webui.live import acts, pages, plan, stream, supervising
from webui.room import Room

ROOM = Room(
    name="live",
    pages=(pages.pages, acts.pages, supervising.pages, plan.pages, stream.pages),
    words=Path(__file__).with_name("words"),
)
