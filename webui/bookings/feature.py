"""The web part of *bookings*: its API, its pages, and what its rows in *Catch up* offer to do."""

from controller.capabilities.bookings.activity import SHOW_MEMBER, TELL_MEMBER
from controller.kernel.actor import Permission
from webui.bookings import api, pages
from webui.feature import Feature, OfferedAction
from webui.i18n import _

FEATURE = Feature(
    name="bookings",
    api=api.ROUTES,
    pages=(pages.pages,),
    actions={
        SHOW_MEMBER: OfferedAction(
            "member.show", "calendar-days", lambda: _("See their page"), Permission.MEMBERS_READ
        ),
        TELL_MEMBER: OfferedAction(
            "member.show", "phone", lambda: _("Notify them"), Permission.MEMBERS_READ
        ),
    },
)
