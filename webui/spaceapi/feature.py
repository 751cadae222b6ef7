"""The web side of *spaceapi*."""

from controller.kernel.actor import Permission
from webui.feature import Feature
from webui.i18n import _
from webui.integration import Integration
from webui.spaceapi import views

FEATURE = Feature(
    name="spaceapi",
    pages=(views.pages,),
    integration=Integration(
        name=lambda: _("SpaceAPI"),
        icon="radio",
        summary=lambda: _("Open or closed, and the address, for directories of places."),
        permission=Permission.RULES_WRITE,
        health=views.health,
        endpoint="spaceapi.spaceapi",
    ),
)
