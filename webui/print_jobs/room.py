"""What the room *print jobs* gives to the web side."""

from pathlib import Path

from controller.kernel.actor import Permission
from webui.i18n import _
from webui.integration import Integration
from webui.print_jobs import api, health, pages
from webui.room import Room

ROOM = Room(
    name="print_jobs",
    api=api.ROUTES,
    pages=(pages.pages,),
    words=Path(__file__).with_name("words"),
    integration=Integration(
        name=lambda: _("OctoPrint et Moonraker"),
        icon="printer",
        summary=lambda: _("Pas d’impression sans badge, et qui a imprimé quoi."),
        permission=Permission.AGENTS_WRITE,
        health=health.health,
    ),
)
