"""The web side of *user reports*."""

from controller.capabilities.user_reports.activity import AT_MACHINE, IN_NEEDS, READ, TAKE
from controller.kernel.actor import Permission
from webui.feature import Feature, OfferedAction
from webui.i18n import _
from webui.navigation import NEEDS
from webui.user_reports import api, needs_pages, pages, poster, public

FEATURE = Feature(
    name="user_reports",
    api=api.ROUTES,
    pages=(pages.pages, poster.pages, public.pages, needs_pages.pages),
    actions={
        TAKE: OfferedAction(
            "user_reports.take", "hand", lambda: _("I’ll take it"), Permission.DESK, sends=True
        ),
        AT_MACHINE: OfferedAction(
            "machine.show", "wrench", lambda: _("See the machine"), Permission.LIVE_READ
        ),
        IN_NEEDS: OfferedAction(
            "needs.show", NEEDS.icon, lambda: _("See the reported needs"), Permission.DESK
        ),
        READ: OfferedAction("live.show", "activity", lambda: _("See Live"), Permission.LIVE_READ),
    },
)
