"""What the room *usage* gives to the web side."""

from controller.capabilities.usage.since import MACHINE, MEMBER
from controller.kernel.actor import Permission
from webui.i18n import _
from webui.room import Next, Room
from webui.usage import api

ROOM = Room(
    name="usage",
    api=api.ROUTES,
    nexts={
        MEMBER: Next(
            endpoint="member.show",
            icon="calendar-days",
            text=lambda: _("Proposer un créneau"),
            permission=Permission.MEMBERS_READ,
        ),
        MACHINE: Next(
            endpoint="machine.show",
            icon="wrench",
            text=lambda: _("Voir la machine"),
            permission=Permission.LIVE_READ,
        ),
    },
)
