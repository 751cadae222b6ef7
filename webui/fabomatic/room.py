"""What the room *fabomatic* gives to the web side."""

from pathlib import Path

from controller.kernel.actor import Permission
from webui.fabomatic import pages
from webui.i18n import _
from webui.integration import Integration
from webui.room import Room

ROOM = Room(
    name="fabomatic",
    pages=(pages.pages,),
    words=Path(__file__).with_name("words"),
    integration=Integration(
        name=lambda: _("FabOMatic"),
        icon="circuit-board",
        summary=lambda: _("Ses boîtiers restent en place, et demandent ici qui peut."),
        permission=Permission.AGENTS_WRITE,
        health=pages.health,
        endpoint="fabomatic.show",
    ),
)
