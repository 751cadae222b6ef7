"""What the room *agents* gives to the web side."""

from webui.agents import api
from webui.room import Room

ROOM = Room(name="agents", api=api.ROUTES)
