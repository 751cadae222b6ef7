"""What the room *training* gives to the web side."""

from webui.room import Room
from webui.training import api, courses_api

ROOM = Room(name="training", api=(*api.ROUTES, *courses_api.ROUTES))
