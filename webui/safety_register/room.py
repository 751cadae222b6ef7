"""What the safety register gives to the web side."""

from webui.room import Room
from webui.safety_register import api

ROOM = Room(name="safety_register", api=api.ROUTES)
