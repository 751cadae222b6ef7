"""The web side of *plans*."""

from pathlib import Path

from controller.capabilities.plans.activity import RENEW
from controller.capabilities.plans.newcomers import NEWCOMER, NEWCOMERS
from controller.kernel.actor import Permission
from webui.feature import Feature, OfferedAction
from webui.i18n import _
from webui.plans import api, pages

FEATURE = Feature(
    name="plans",
    api=api.ROUTES,
    pages=(pages.pages,),
    locale=Path(__file__).with_name("locale"),
    nexts={
        RENEW: OfferedAction(
            endpoint="plans.renew",
            icon="check",
            text=lambda: _("Give one more year"),
            permission=Permission.MEMBERS_WRITE,
            sends=True,
        ),
        NEWCOMER: OfferedAction(
            endpoint="member.show",
            icon="circle-user-round",
            text=lambda: _("See their page"),
            permission=Permission.MEMBERS_READ,
        ),
        NEWCOMERS: OfferedAction(
            endpoint="members.search",
            icon="users",
            text=lambda: _("See the list"),
            permission=Permission.MEMBERS_READ,
        ),
    },
)
