"""What the room *places* gives to the web side."""

from webui.places import api
from webui.room import Room

ROOM = Room(name="places", api=api.ROUTES)
