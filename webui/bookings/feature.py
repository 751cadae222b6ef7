"""The web part of *bookings*: its API, its pages, and what its rows in *Catch up* offer to do."""

from pathlib import Path

from controller.capabilities.bookings.activity import SHOW_MEMBER, TELL_MEMBER
from controller.kernel.actor import Permission
from webui.bookings import api, pages
from webui.feature import Feature, OfferedAction
from webui.i18n import _

FEATURE = Feature(
    name="bookings",
    api=api.ROUTES,
    pages=(pages.pages,),
    locale=Path(__file__).with_name("locale"),
    nexts={
        SHOW_MEMBER: OfferedAction(
            endpoint="member.show",
            icon="calendar-days",
            text=lambda: _("See their page"),
            permission=Permission.MEMBERS_READ,
        ),
        TELL_MEMBER: OfferedAction(
            endpoint="member.show",
            icon="phone",
            text=lambda: _("Notify them"),
            permission=Permission.MEMBERS_READ,
        ),
    },
)
