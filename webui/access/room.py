"""What the room *access* gives to the web side."""

from webui.access import api
from webui.room import Room

ROOM = Room(name="access", api=api.ROUTES)
