"""What the room *badges* gives to the web side."""

from webui.badges import api
from webui.room import Room

ROOM = Room(name="badges", api=api.ROUTES)
