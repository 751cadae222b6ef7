"""What the room *accounts* gives to the web side."""

from pathlib import Path

from webui.accounts import api, first, me, pages, signin, tokens_api
from webui.room import Room

ROOM = Room(
    name="accounts",
    api=(*api.ROUTES, *tokens_api.ROUTES),
    pages=(signin.pages, first.pages, me.pages, pages.pages),
    words=Path(__file__).with_name("words"),
)
