"""What the room *print jobs* gives to the web side."""

from webui.print_jobs import api
from webui.room import Room

ROOM = Room(name="print_jobs", api=api.ROUTES)
