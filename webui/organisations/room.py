"""What the room *organisations* gives to the web side."""

from webui.organisations import api
from webui.room import Room

ROOM = Room(name="organisations", api=api.ROUTES)
