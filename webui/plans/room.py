"""What the room *plans* gives to the web side."""

from pathlib import Path

from controller.capabilities.plans.newcomers import NEWCOMER, NEWCOMERS
from controller.capabilities.plans.since import RENEW
from controller.kernel.actor import Permission
from webui.i18n import _
from webui.plans import api, pages
from webui.room import Next, Room

ROOM = Room(
    name="plans",
    api=api.ROUTES,
    pages=(pages.pages,),
    words=Path(__file__).with_name("words"),
    nexts={
        RENEW: Next(
            endpoint="plans.renew",
            icon="check",
            text=lambda: _("Donner un an de plus"),
            permission=Permission.MEMBERS_WRITE,
            sends=True,
        ),
        NEWCOMER: Next(
            endpoint="member.show",
            icon="circle-user-round",
            text=lambda: _("Voir la fiche"),
            permission=Permission.MEMBERS_READ,
        ),
        NEWCOMERS: Next(
            endpoint="members.search",
            icon="users",
            text=lambda: _("Voir la liste"),
            permission=Permission.MEMBERS_READ,
        ),
    },
)
