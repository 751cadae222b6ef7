"""What the room *mail* gives to the web side."""

from pathlib import Path

from controller.capabilities.messages.permissions import MESSAGES
from controller.capabilities.messages.since import READ
from webui.i18n import _
from webui.integration import Integration
from webui.mail import letters, pages
from webui.room import Next, Room

ROOM = Room(
    name="mail",
    pages=(pages.pages, letters.pages),
    words=Path(__file__).with_name("words"),
    integration=Integration(
        name=lambda: _("Messagerie"),
        icon="mail",
        summary=lambda: _("Ce que le lieu écrit part par son propre serveur de messagerie."),
        permission=MESSAGES,
        health=pages.health,
        endpoint="mail.show",
    ),
    nexts={
        READ: Next(
            endpoint="mail.show", icon="mail", text=lambda: _("Voir pourquoi"), permission=MESSAGES
        )
    },
)
