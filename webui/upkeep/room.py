"""What the room *upkeep* gives to the web side."""

from webui.room import Room
from webui.upkeep import api

UPKEEP = Room(name="upkeep", api=api.ROUTES)
