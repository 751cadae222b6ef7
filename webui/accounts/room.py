"""What the room *accounts* gives to the web side."""

from webui.accounts import api, signin
from webui.room import Room

ACCOUNTS = Room(name="accounts", api=api.ROUTES, pages=(signin.pages,))
