"""The web side of *alarms*."""

from controller.capabilities.alarms.activity import READ, SETTLE, TAKE
from controller.kernel.actor import Permission
from webui.alarms import api
from webui.feature import Feature, OfferedAction
from webui.i18n import _

FEATURE = Feature(
    name="alarms",
    api=api.ROUTES,
    actions={
        TAKE: OfferedAction(
            "live.take", "hand", lambda: _("I’ll take it"), Permission.COMMAND, sends=True
        ),
        SETTLE: OfferedAction(
            "live.settle", "check", lambda: _("Mark as resolved"), Permission.COMMAND, sends=True
        ),
        READ: OfferedAction("live.show", "activity", lambda: _("See Live"), Permission.LIVE_READ),
    },
)
