"""The web side of *print jobs*."""

from pathlib import Path

from controller.kernel.actor import Permission
from webui.feature import Feature
from webui.i18n import _
from webui.integration import Integration
from webui.print_jobs import api, health, pages

FEATURE = Feature(
    name="print_jobs",
    api=api.ROUTES,
    pages=(pages.pages,),
    locale=Path(__file__).with_name("words"),
    integration=Integration(
        name=lambda: _("OctoPrint et Moonraker"),
        icon="printer",
        summary=lambda: _("Pas d’impression sans badge, et qui a imprimé quoi."),
        permission=Permission.AGENTS_WRITE,
        health=health.health,
    ),
)
