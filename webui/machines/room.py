"""What the room *machines* gives to the web side."""

from webui.machines import api, commissioning_api, door_api
from webui.room import Room

ROOM = Room(name="machines", api=(*api.ROUTES, *commissioning_api.ROUTES, *door_api.ROUTES))
