"""The web side of *chat*."""

from controller.capabilities.messages.permissions import MANAGE_MESSAGES
from webui.chat import pages
from webui.feature import Feature
from webui.i18n import _
from webui.integration import Integration

FEATURE = Feature(
    name="chat",
    pages=(pages.pages,),
    integration=Integration(
        name=lambda: _("Who gets alerts"),
        icon="bell-ring",
        summary=lambda: _("Alarms are sent to a chat room, a phone or an address."),
        permission=MANAGE_MESSAGES,
        health=pages.health,
        endpoint="chat.show",
    ),
)
