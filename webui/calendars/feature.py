"""The web side of *calendars*."""

from controller.integrations.calendars.calendars import MANAGE_CALENDARS
from webui.calendars import api, own, pages, views
from webui.feature import Feature
from webui.i18n import _
from webui.integration import Integration

FEATURE = Feature(
    name="calendars",
    pages=(views.pages, pages.pages, own.pages),
    api=api.ROUTES,
    integration=Integration(
        name=lambda: _("Shared calendars"),
        icon="calendar-days",
        summary=lambda: _("A machine, a room or the programme, in any calendar."),
        permission=MANAGE_CALENDARS,
        health=pages.health,
        endpoint="shared_calendars.show",
    ),
)
