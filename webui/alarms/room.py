"""What the room *alarms* gives to the web side."""

from webui.alarms import api
from webui.room import Room

ROOM = Room(name="alarms", api=api.ROUTES)
