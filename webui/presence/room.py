"""What the room *presence* gives to the web side."""

from webui.presence import api
from webui.room import Room

ROOM = Room(name="presence", api=api.ROUTES)
