"""What the room *badges* gives to the web side."""

from pathlib import Path

from controller.capabilities.badges.since import CALL
from controller.kernel.actor import Permission
from webui.badges import api, labels, pages
from webui.i18n import _
from webui.room import Next, Room

ROOM = Room(
    name="badges",
    api=api.ROUTES,
    pages=(pages.pages, labels.pages),
    words=Path(__file__).with_name("words"),
    nexts={
        CALL: Next(
            endpoint="member.show",
            icon="id-card",
            text=lambda: _("Rappeler"),
            permission=Permission.MEMBERS_READ,
        )
    },
)
