"""What the room *opendata* gives to the web side."""

from webui.opendata import api
from webui.room import Room

ROOM = Room(name="opendata", api=api.ROUTES)
