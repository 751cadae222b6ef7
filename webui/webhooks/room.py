"""What the room *webhooks* gives to the web side."""

from pathlib import Path

from controller.integrations.webhooks.permissions import WEBHOOKS
from webui.i18n import _
from webui.integration import Integration
from webui.room import Room
from webui.webhooks import api, pages

ROOM = Room(
    name="webhooks",
    api=api.ROUTES,
    pages=(pages.pages,),
    words=Path(__file__).with_name("words"),
    integration=Integration(
        name=lambda: _("Webhooks"),
        icon="webhook",
        summary=lambda: _(
            "D’autres programmes sont prévenus de ce qui change, message signé par message signé."
        ),
        permission=WEBHOOKS,
        health=pages.health,
        endpoint="webhooks.show",
    ),
)
