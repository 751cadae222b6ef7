"""The web side of *user reports*."""

from pathlib import Path

from controller.capabilities.user_reports.activity import AT_MACHINE, READ, TAKE
from controller.kernel.actor import Permission
from webui.feature import Feature, OfferedAction
from webui.i18n import _
from webui.user_reports import api, needs_pages, pages, poster, public

FEATURE = Feature(
    name="user_reports",
    api=api.ROUTES,
    pages=(pages.pages, poster.pages, public.pages, needs_pages.pages),
    locale=Path(__file__).with_name("locale"),
    nexts={
        TAKE: OfferedAction(
            endpoint="user_reports.take",
            icon="hand",
            text=lambda: _("I’ll take it"),
            permission=Permission.DESK,
            sends=True,
        ),
        AT_MACHINE: OfferedAction(
            endpoint="machine.show",
            icon="wrench",
            text=lambda: _("See the machine"),
            permission=Permission.LIVE_READ,
        ),
        READ: OfferedAction(
            endpoint="live.show",
            icon="activity",
            text=lambda: _("See Live"),
            permission=Permission.LIVE_READ,
        ),
    },
)
