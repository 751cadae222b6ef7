"""What the room *tell* gives to the web side."""

from webui.room import Room
from webui.tell import api

ROOM = Room(name="tell", api=api.ROUTES)
