"""What the room *accounts* gives to the web side."""

from webui.accounts import api, signin, tokens_api
from webui.room import Room

ROOM = Room(name="accounts", api=(*api.ROUTES, *tokens_api.ROUTES), pages=(signin.pages,))
