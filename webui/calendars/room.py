"""What the room *calendars* gives to the web side."""

from webui.calendars import api, views
from webui.room import Room

ROOM = Room(name="calendars", pages=(views.pages,), api=api.ROUTES)
