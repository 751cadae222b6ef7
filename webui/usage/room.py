"""What the room *usage* gives to the web side."""

from webui.room import Room
from webui.usage import api

ROOM = Room(name="usage", api=api.ROUTES)
