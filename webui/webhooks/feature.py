"""The web side of *webhooks*."""

from controller.integrations.webhooks.webhooks import MANAGE_WEBHOOKS
from webui.feature import Feature
from webui.i18n import _
from webui.integration import Integration
from webui.webhooks import api, pages

FEATURE = Feature(
    name="webhooks",
    api=api.ROUTES,
    pages=(pages.pages,),
    integration=Integration(
        name=lambda: _("Webhooks"),
        icon="webhook",
        summary=lambda: _("Other programs are notified of changes, with signed messages."),
        permission=MANAGE_WEBHOOKS,
        health=pages.health,
        endpoint="webhooks.show",
    ),
)
