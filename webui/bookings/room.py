"""What the room *bookings* gives to the web side."""

from webui.bookings import api
from webui.room import Room

ROOM = Room(name="bookings", api=api.ROUTES)
