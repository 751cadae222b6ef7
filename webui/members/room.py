"""What the room *members* gives to the web side."""

from webui.members import api, member, pages, works_for_api
from webui.room import Room

ROOM = Room(
    name="members", api=(*api.ROUTES, *works_for_api.ROUTES), pages=(pages.pages, member.pages)
)
