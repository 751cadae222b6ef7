"""The web side of *usage*."""

from controller.capabilities.usage.activity import MACHINE, MEMBER
from controller.kernel.actor import Permission
from webui.feature import Feature, Next
from webui.i18n import _
from webui.usage import api

FEATURE = Feature(
    name="usage",
    api=api.ROUTES,
    nexts={
        MEMBER: Next(
            endpoint="member.show",
            icon="calendar-days",
            text=lambda: _("Proposer un créneau"),
            permission=Permission.MEMBERS_READ,
        ),
        MACHINE: Next(
            endpoint="machine.show",
            icon="wrench",
            text=lambda: _("Voir la machine"),
            permission=Permission.LIVE_READ,
        ),
    },
)
