"""The web side of *usage*."""

from controller.capabilities.usage.activity import CONFIRM, MACHINE, MEMBER, OFFER
from controller.kernel.actor import Permission
from webui.feature import Feature, OfferedAction
from webui.i18n import _
from webui.usage import api, pages

FEATURE = Feature(
    name="usage",
    api=api.ROUTES,
    pages=(pages.pages,),
    actions={
        CONFIRM: OfferedAction(
            "usage.confirm",
            "check",
            lambda: _("Charge that person"),
            Permission.MONEY_WRITE,
            sends=True,
        ),
        OFFER: OfferedAction(
            "member.show", "calendar-days", lambda: _("Offer a slot"), Permission.MEMBERS_READ
        ),
        MEMBER: OfferedAction(
            "member.show", "circle-user-round", lambda: _("See their page"), Permission.MEMBERS_READ
        ),
        MACHINE: OfferedAction(
            "machine.show", "wrench", lambda: _("See the machine"), Permission.LIVE_READ
        ),
    },
)
