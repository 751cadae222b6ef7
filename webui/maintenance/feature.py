"""The web side of *maintenance*."""

from pathlib import Path

from controller.capabilities.maintenance.activity import DONE, PLAN
from controller.kernel.actor import Permission
from webui.feature import Feature, OfferedAction
from webui.i18n import _, pgettext
from webui.maintenance import api, pages

FEATURE = Feature(
    name="maintenance",
    api=api.ROUTES,
    pages=(pages.pages,),
    locale=Path(__file__).with_name("locale"),
    nexts={
        DONE: OfferedAction(
            endpoint="maintenance.is_done",
            icon="check",
            text=lambda: pgettext("button", "Done"),
            permission=Permission.COMMAND,
            sends=True,
        ),
        PLAN: OfferedAction(
            endpoint="machine.show",
            icon="wrench",
            text=lambda: _("See the maintenance"),
            permission=Permission.LIVE_READ,
        ),
    },
)
