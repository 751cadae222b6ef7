"""The web side of *alarms*."""

from controller.capabilities.alarms.activity import READ, SETTLE, TAKE
from controller.kernel.actor import Permission
from webui.alarms import api
from webui.feature import Feature, OfferedAction
from webui.i18n import _

FEATURE = Feature(
    name="alarms",
    api=api.ROUTES,
    nexts={
        TAKE: OfferedAction(
            endpoint="live.take",
            icon="hand",
            text=lambda: _("I’ll take it"),
            permission=Permission.COMMAND,
            sends=True,
        ),
        SETTLE: OfferedAction(
            endpoint="live.settle",
            icon="check",
            text=lambda: _("Mark as resolved"),
            permission=Permission.COMMAND,
            sends=True,
        ),
        READ: OfferedAction(
            endpoint="live.show",
            icon="activity",
            text=lambda: _("See Live"),
            permission=Permission.LIVE_READ,
        ),
    },
)
