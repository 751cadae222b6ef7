"""The web side of *training*."""

from collections.abc import Callable

from controller.capabilities.training.activity import (
    ANOTHER,
    CERTIFY,
    ENROL,
    GIVE,
    NOTE,
    READ,
    SESSION,
)
from controller.kernel.actor import Permission
from webui.feature import Feature, OfferedAction
from webui.i18n import _
from webui.training import (
    api,
    cells,
    certification_pages,
    course_pages,
    courses_api,
    own_enrolment,
    pages,
    session,
    session_plan,
)

# These modules add their pages to `session.pages`.
from webui.training import count_corrections as count_corrections


def _session(icon: str, text: Callable[[], str], anchor: str | None = None) -> OfferedAction:
    """Return the action that opens the page of a session, at `anchor`."""
    may = Permission.RULES_READ
    return OfferedAction("session.show", icon, text, may, anchor=anchor)


FEATURE = Feature(
    name="training",
    api=(*api.ROUTES, *courses_api.ROUTES),
    pages=(
        pages.pages,
        cells.pages,
        session.pages,
        own_enrolment.pages,
        session_plan.pages,
        course_pages.pages,
        certification_pages.pages,
    ),
    actions={
        GIVE: OfferedAction(
            "member.show", "badge-check", lambda: _("View and extend"), Permission.MEMBERS_READ
        ),
        READ: OfferedAction(
            "member.show", "circle-user-round", lambda: _("See their page"), Permission.MEMBERS_READ
        ),
        SESSION: _session("graduation-cap", lambda: _("Open the session")),
        NOTE: _session("circle-check", lambda: _("Record the outcomes"), "people"),
        CERTIFY: _session("badge-check", lambda: _("Certify"), "finish"),
        ENROL: _session("user-round-plus", lambda: _("Enrol somebody"), "who"),
        ANOTHER: OfferedAction(
            "planning.new", "plus", lambda: _("Plan another session"), Permission.MEMBERS_READ
        ),
    },
)
