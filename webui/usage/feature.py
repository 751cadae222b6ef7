"""The web side of *usage*."""

from controller.capabilities.usage.activity import MACHINE, MEMBER
from controller.kernel.actor import Permission
from webui.feature import Feature, OfferedAction
from webui.i18n import _
from webui.usage import api

FEATURE = Feature(
    name="usage",
    api=api.ROUTES,
    nexts={
        MEMBER: OfferedAction(
            endpoint="member.show",
            icon="calendar-days",
            text=lambda: _("Offer a slot"),
            permission=Permission.MEMBERS_READ,
        ),
        MACHINE: OfferedAction(
            endpoint="machine.show",
            icon="wrench",
            text=lambda: _("See the machine"),
            permission=Permission.LIVE_READ,
        ),
    },
)
