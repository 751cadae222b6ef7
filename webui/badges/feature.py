"""The web side of *badges*."""

from pathlib import Path

from controller.capabilities.badges.activity import CALL
from controller.kernel.actor import Permission
from webui.badges import api, labels, pages
from webui.feature import Feature, OfferedAction
from webui.i18n import _

FEATURE = Feature(
    name="badges",
    api=api.ROUTES,
    pages=(pages.pages, labels.pages),
    locale=Path(__file__).with_name("locale"),
    nexts={
        CALL: OfferedAction(
            endpoint="member.show",
            icon="circle-user-round",
            text=lambda: _("See their page"),
            permission=Permission.MEMBERS_READ,
        )
    },
)
