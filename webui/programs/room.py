"""What the room *programs* gives to the web side."""

from webui.programs import api
from webui.room import Room

ROOM = Room(name="programs", api=api.ROUTES)
