"""What the room *upkeep* gives to the web side."""

from pathlib import Path

from controller.capabilities.upkeep.since import DONE, PLAN
from controller.kernel.actor import Permission
from webui.i18n import _
from webui.room import Next, Room
from webui.upkeep import api, pages

ROOM = Room(
    name="upkeep",
    api=api.ROUTES,
    pages=(pages.pages,),
    words=Path(__file__).with_name("words"),
    nexts={
        DONE: Next(
            endpoint="upkeep.is_done",
            icon="check",
            text=lambda: _("C’est fait"),
            permission=Permission.COMMAND,
            sends=True,
        ),
        PLAN: Next(
            endpoint="machine.show",
            icon="wrench",
            text=lambda: _("Voir l’entretien"),
            permission=Permission.LIVE_READ,
        ),
    },
)
