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
    locale=Path(__file__).with_name("locale"),
    integration=Integration(
        name=lambda: _("OctoPrint and Moonraker"),
        icon="printer",
        summary=lambda: _("No print without a badge, and who printed what."),
        permission=Permission.AGENTS_WRITE,
        health=health.health,
    ),
)
