"""The web side of *agents*."""

from pathlib import Path

from controller.capabilities.agents.activity import CHECK
from controller.kernel.actor import Permission
from webui.agents import api, pages, plugs
from webui.feature import Feature, OfferedAction
from webui.i18n import _

FEATURE = Feature(
    name="agents",
    api=api.ROUTES,
    pages=(pages.pages, plugs.pages),
    locale=Path(__file__).with_name("locale"),
    nexts={
        CHECK: OfferedAction(
            endpoint="agents.one",
            icon="cpu",
            text=lambda: _("What to check"),
            permission=Permission.AGENTS_READ,
        )
    },
)
