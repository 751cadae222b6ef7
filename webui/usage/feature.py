"""The web side of *usage*."""

from pathlib import Path

from controller.capabilities.usage.activity import CONFIRM, MACHINE, MEMBER
from controller.kernel.actor import Permission
from webui.feature import Feature, OfferedAction
from webui.i18n import _
from webui.usage import api, pages

FEATURE = Feature(
    name="usage",
    api=api.ROUTES,
    pages=(pages.pages,),
    locale=Path(__file__).with_name("locale"),
    nexts={
        CONFIRM: OfferedAction(
            endpoint="usage.confirm",
            icon="check",
            text=lambda: _("Charge that person"),
            permission=Permission.MONEY_WRITE,
            sends=True,
        ),
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
