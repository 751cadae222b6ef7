"""The web side of *agents*."""

from controller.capabilities.agents.activity import CHECK
from controller.kernel.actor import Permission
from webui.agents import api, pages, plugs
from webui.feature import Feature, OfferedAction
from webui.i18n import _

FEATURE = Feature(
    name="agents",
    api=api.ROUTES,
    pages=(pages.pages, plugs.pages),
    actions={
        CHECK: OfferedAction(
            "agents.one", "cpu", lambda: _("What to check"), Permission.AGENTS_READ
        )
    },
)
