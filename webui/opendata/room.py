"""What the room *opendata* gives to the web side."""

from pathlib import Path

from webui.opendata import api, manage, projects_api, public
from webui.room import Room

ROOM = Room(
    name="opendata",
    api=[*api.ROUTES, *projects_api.ROUTES],
    pages=(public.pages, manage.pages),
    words=Path(__file__).with_name("words"),
)
