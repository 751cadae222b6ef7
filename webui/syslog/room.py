"""What the room *syslog* gives to the web side."""

from pathlib import Path

from controller.kernel.actor import Permission
from webui.i18n import _
from webui.integration import Integration
from webui.room import Room
from webui.syslog.health import health

ROOM = Room(
    name="syslog",
    words=Path(__file__).with_name("words"),
    integration=Integration(
        name=lambda: _("Serveur de journaux"),
        icon="clipboard-list",
        summary=lambda: _("Reçoit l’audit et les alarmes, sans aucun nom (RFC 5424)."),
        permission=Permission.RULES_WRITE,
        health=health,
    ),
)
