"""What the room *live* gives to the web side."""

from webui.live import pages, stream
from webui.room import Room

ROOM = Room(name="live", pages=(pages.pages, stream.pages))
