"""What the room *training* gives to the web side."""

from pathlib import Path

from controller.capabilities.training.since import GIVE, SESSION
from controller.kernel.actor import Permission
from webui.i18n import _
from webui.room import Next, Room
from webui.training import (
    api,
    cells,
    certification_pages,
    course_pages,
    courses_api,
    joining,
    pages,
    planning,
    session,
)

ROOM = Room(
    name="training",
    api=(*api.ROUTES, *courses_api.ROUTES),
    pages=(
        pages.pages,
        cells.pages,
        session.pages,
        joining.pages,
        planning.pages,
        course_pages.pages,
        certification_pages.pages,
    ),
    words=Path(__file__).with_name("words"),
    nexts={
        GIVE: Next(
            endpoint="member.show",
            icon="badge-check",
            text=lambda: _("Voir et prolonger"),
            permission=Permission.MEMBERS_READ,
        ),
        SESSION: Next(
            endpoint="session.show",
            icon="graduation-cap",
            text=lambda: _("Ouvrir la séance"),
            permission=Permission.RULES_READ,
        ),
    },
)
