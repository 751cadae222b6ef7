"""What the room *spaceapi* gives to the web side."""

from pathlib import Path

from controller.kernel.actor import Permission
from webui.i18n import _
from webui.integration import Integration
from webui.room import Room
from webui.spaceapi import views

ROOM = Room(
    name="spaceapi",
    pages=(views.pages,),
    words=Path(__file__).with_name("words"),
    integration=Integration(
        name=lambda: _("SpaceAPI"),
        icon="radio",
        summary=lambda: _("Ouvert ou fermé, et combien de personnes, pour les annuaires de lieux."),
        permission=Permission.RULES_WRITE,
        health=views.health,
        endpoint="spaceapi.spaceapi",
    ),
)
