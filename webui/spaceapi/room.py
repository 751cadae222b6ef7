"""What the room *spaceapi* gives to the web side."""

from webui.room import Room
from webui.spaceapi import views

ROOM = Room(name="spaceapi", pages=(views.pages,))
