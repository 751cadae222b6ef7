"""What the room *metrics* gives to the web side."""

from webui.metrics import views
from webui.room import Room

ROOM = Room(name="metrics", pages=(views.pages,))
