"""What the room *agents* gives to the web side."""

from webui.agents import api
from webui.room import Room

AGENTS = Room(name="agents", api=api.ROUTES)
