"""What the room *bookings* gives to the web side."""

from pathlib import Path

from controller.capabilities.bookings.since import MEMBER, WARN
from controller.kernel.actor import Permission
from webui.bookings import api, pages
from webui.i18n import _
from webui.room import Next, Room

ROOM = Room(
    name="bookings",
    api=api.ROUTES,
    pages=(pages.pages,),
    words=Path(__file__).with_name("words"),
    nexts={
        MEMBER: Next(
            endpoint="member.show",
            icon="calendar-days",
            text=lambda: _("Voir la fiche"),
            permission=Permission.MEMBERS_READ,
        ),
        WARN: Next(
            endpoint="member.show",
            icon="phone",
            text=lambda: _("Prévenir"),
            permission=Permission.MEMBERS_READ,
        ),
    },
)
