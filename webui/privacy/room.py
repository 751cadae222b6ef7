"""What the room *privacy* gives to the web side."""

from webui.privacy import api
from webui.room import Room

ROOM = Room(name="privacy", api=api.ROUTES)
