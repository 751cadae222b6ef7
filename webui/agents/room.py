"""What the room *agents* gives to the web side."""

from pathlib import Path

from controller.capabilities.agents.since import CHECK
from controller.kernel.actor import Permission
from webui.agents import api, pages, plugs
from webui.i18n import _
from webui.room import Next, Room

ROOM = Room(
    name="agents",
    api=api.ROUTES,
    pages=(pages.pages, plugs.pages),
    words=Path(__file__).with_name("words"),
    nexts={
        CHECK: Next(
            endpoint="agents.one",
            icon="cpu",
            text=lambda: _("Que vérifier"),
            permission=Permission.AGENTS_READ,
        )
    },
)
