"""What the room *webhooks* gives to the web side."""

from webui.room import Room
from webui.webhooks import api

ROOM = Room(name="webhooks", api=api.ROUTES)
