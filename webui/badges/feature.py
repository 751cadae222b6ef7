"""The web side of *badges*."""

from controller.capabilities.badges.activity import CALL
from controller.kernel.actor import Permission
from webui.badges import api, labels, pages
from webui.feature import Feature, OfferedAction
from webui.i18n import _

FEATURE = Feature(
    name="badges",
    api=api.ROUTES,
    pages=(pages.pages, labels.pages),
    actions={
        CALL: OfferedAction(
            "member.show", "circle-user-round", lambda: _("See their page"), Permission.MEMBERS_READ
        )
    },
)
