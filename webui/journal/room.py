"""What the room *journal* gives to the web side."""

from webui.journal import api
from webui.room import Room

ROOM = Room(name="journal", api=api.ROUTES)
