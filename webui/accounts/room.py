"""What the room *accounts* gives to the web side."""

from pathlib import Path

from webui.accounts import api, first, links, me, pages, provider, signin, tokens_api
from webui.room import Room

ROOM = Room(
    name="accounts",
    api=(*api.ROUTES, *tokens_api.ROUTES),
    pages=(
        signin.pages,
        first.pages,
        links.pages,
        provider.pages,
        me.pages,
        provider.own,
        pages.pages,
    ),
    words=Path(__file__).with_name("words"),
)
