"""The web side of *maintenance*."""

from controller.capabilities.maintenance.activity import DONE, PLAN
from controller.kernel.actor import Permission
from webui.feature import Feature, OfferedAction
from webui.i18n import _, pgettext
from webui.maintenance import api, pages

FEATURE = Feature(
    name="maintenance",
    api=api.ROUTES,
    pages=(pages.pages,),
    actions={
        DONE: OfferedAction(
            "maintenance.is_done",
            "check",
            lambda: pgettext("button", "Done"),
            Permission.COMMAND,
            sends=True,
        ),
        PLAN: OfferedAction(
            "machine.show", "wrench", lambda: _("See the maintenance"), Permission.LIVE_READ
        ),
    },
)
