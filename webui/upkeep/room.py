"""What the room *upkeep* gives to the web side."""

from webui.room import Room
from webui.upkeep import api

ROOM = Room(name="upkeep", api=api.ROUTES)
