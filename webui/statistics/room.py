"""What the room *statistics* gives to the web side."""

from webui.room import Room
from webui.statistics import api

ROOM = Room(name="statistics", api=api.ROUTES)
