"""What the room *audit* gives to the web side."""

from pathlib import Path

from controller.capabilities.audit.since import READ
from controller.kernel.actor import Permission
from webui.audit import incident_pages, pages
from webui.i18n import _
from webui.room import Next, Room

ROOM = Room(
    name="audit",
    pages=(pages.pages, incident_pages.pages),
    words=Path(__file__).with_name("words"),
    nexts={
        READ: Next(
            endpoint="audit.show",
            icon="scroll-text",
            text=lambda: _("Lire le journal"),
            permission=Permission.AUDIT_READ,
        )
    },
)
