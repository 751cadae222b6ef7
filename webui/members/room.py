"""What the room *members* gives to the web side."""

from webui.members import api, member, pages
from webui.room import Room

MEMBERS = Room(name="members", api=api.ROUTES, pages=(pages.pages, member.pages))
