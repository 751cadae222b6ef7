"""The web side of *fabomatic*."""

from controller.kernel.actor import Permission
from webui.fabomatic import pages
from webui.feature import Feature
from webui.i18n import _
from webui.integration import Integration

FEATURE = Feature(
    name="fabomatic",
    pages=(pages.pages,),
    integration=Integration(
        name=lambda: _("FabOMatic"),
        icon="circuit-board",
        summary=lambda: _("Its boards stay where they are, and ask Loquet who has access."),
        permission=Permission.AGENTS_WRITE,
        health=pages.health,
        endpoint="fabomatic.show",
    ),
)
