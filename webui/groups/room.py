"""What the room *groups* gives to the web side."""

from webui.groups import api
from webui.room import Room

ROOM = Room(name="groups", api=api.ROUTES)
