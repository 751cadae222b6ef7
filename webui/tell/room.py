"""What the room *tell* gives to the web side."""

from pathlib import Path

from controller.capabilities.tell.since import AT_MACHINE, READ, TAKE
from controller.kernel.actor import Permission
from webui.i18n import _
from webui.room import Next, Room
from webui.tell import api, needs_pages, pages, poster, public

ROOM = Room(
    name="tell",
    api=api.ROUTES,
    pages=(pages.pages, poster.pages, public.pages, needs_pages.pages),
    words=Path(__file__).with_name("words"),
    nexts={
        TAKE: Next(
            endpoint="told.take",
            icon="hand",
            text=lambda: _("Je m’en occupe"),
            permission=Permission.DESK,
            sends=True,
        ),
        AT_MACHINE: Next(
            endpoint="machine.show",
            icon="wrench",
            text=lambda: _("Voir la machine"),
            permission=Permission.LIVE_READ,
        ),
        READ: Next(
            endpoint="live.show",
            icon="activity",
            text=lambda: _("Voir En direct"),
            permission=Permission.LIVE_READ,
        ),
    },
)
