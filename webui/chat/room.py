"""What the room *chat* gives to the web side."""

from pathlib import Path

from controller.capabilities.messages.permissions import MESSAGES
from webui.chat import pages
from webui.i18n import _
from webui.integration import Integration
from webui.room import Room

ROOM = Room(
    name="chat",
    pages=(pages.pages,),
    words=Path(__file__).with_name("words"),
    integration=Integration(
        name=lambda: _("Qui prévenir"),
        icon="bell-ring",
        summary=lambda: _("Les alarmes vont à un salon, un téléphone, une adresse."),
        permission=MESSAGES,
        health=pages.health,
        endpoint="chat.show",
    ),
)
