"""What the room *plans* gives to the web side."""

from webui.plans import api
from webui.room import Room

ROOM = Room(name="plans", api=api.ROUTES)
