"""What the room *places* gives to the web side."""

from webui.places import api
from webui.room import Room

PLACES = Room(name="places", api=api.ROUTES)
