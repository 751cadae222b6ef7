"""What the room *presence* gives to the web side."""

from webui.presence import api
from webui.room import Room

PRESENCE = Room(name="presence", api=api.ROUTES)
