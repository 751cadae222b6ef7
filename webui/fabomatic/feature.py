"""The web side of *fabomatic*."""

from controller.integrations.fabomatic.activity import CHECK
from controller.kernel.actor import Permission
from webui.fabomatic import pages
from webui.feature import Feature, OfferedAction
from webui.i18n import _
from webui.integration import Integration

FEATURE = Feature(
    name="fabomatic",
    pages=(pages.pages,),
    actions={
        CHECK: OfferedAction(
            "fabomatic.show", "circuit-board", lambda: _("See the boards"), Permission.AGENTS_WRITE
        )
    },
    integration=Integration(
        name=lambda: _("FabOMatic"),
        icon="circuit-board",
        summary=lambda: _("Its boards stay where they are, and ask Loquet who has access."),
        permission=Permission.AGENTS_WRITE,
        health=pages.health,
        endpoint="fabomatic.show",
    ),
)
