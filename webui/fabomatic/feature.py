"""The web side of *fabomatic*."""

from controller.integrations.fabomatic.activity import CHECK
from controller.kernel.actor import Permission
from webui.fabomatic import pages
from webui.feature import Feature, OfferedAction
from webui.i18n import _

FEATURE = Feature(
    name="fabomatic",
    pages=(pages.pages,),
    actions={
        CHECK: OfferedAction(
            "fabomatic.show", "circuit-board", lambda: _("See the boards"), Permission.AGENTS_WRITE
        )
    },
    integration=pages.INTEGRATION,
)
