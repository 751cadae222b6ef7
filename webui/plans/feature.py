"""The web side of *plans*."""

from controller.capabilities.plans.activity import RENEW
from controller.capabilities.plans.newcomers import SHOW_MEMBER, SHOW_MEMBERS
from controller.kernel.actor import Permission
from webui.feature import Feature, OfferedAction
from webui.i18n import _
from webui.plans import api, pages

FEATURE = Feature(
    name="plans",
    api=api.ROUTES,
    pages=(pages.pages,),
    actions={
        RENEW: OfferedAction(
            "plans.renew",
            "check",
            lambda: _("Give one more year"),
            Permission.MEMBERS_WRITE,
            sends=True,
        ),
        SHOW_MEMBER: OfferedAction(
            "member.show", "circle-user-round", lambda: _("See their page"), Permission.MEMBERS_READ
        ),
        SHOW_MEMBERS: OfferedAction(
            "members.search", "users", lambda: _("See the list"), Permission.MEMBERS_READ
        ),
    },
)
