"""The web side of *home assistant*."""

from controller.integrations.home_assistant.permissions import MANAGE_HOME_ASSISTANT
from webui.feature import Feature
from webui.home_assistant import pages
from webui.i18n import _
from webui.integration import Integration

FEATURE = Feature(
    name="home_assistant",
    pages=(pages.pages,),
    integration=Integration(
        name=lambda: _("Home Assistant"),
        icon="house-plug",
        summary=lambda: _("Machines, doors and rooms of the place, without names."),
        permission=MANAGE_HOME_ASSISTANT,
        health=pages.health,
        endpoint="home_assistant.show",
    ),
)
