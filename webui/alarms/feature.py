"""The web side of *alarms*."""

from controller.capabilities.alarms.activity import READ, SETTLE, TAKE
from controller.kernel.actor import Permission
from webui.alarms import api
from webui.feature import Feature, Next
from webui.i18n import _

FEATURE = Feature(
    name="alarms",
    api=api.ROUTES,
    nexts={
        TAKE: Next(
            endpoint="live.take",
            icon="hand",
            text=lambda: _("I take it"),
            permission=Permission.COMMAND,
            sends=True,
        ),
        SETTLE: Next(
            endpoint="live.settle",
            icon="check",
            text=lambda: _("It is dealt with"),
            permission=Permission.COMMAND,
            sends=True,
        ),
        READ: Next(
            endpoint="live.show",
            icon="activity",
            text=lambda: _("See Live"),
            permission=Permission.LIVE_READ,
        ),
    },
)
