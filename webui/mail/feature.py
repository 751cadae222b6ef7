"""The web side of *mail*."""

from controller.capabilities.messages.activity import READ
from controller.capabilities.messages.permissions import MANAGE_MESSAGES
from webui.feature import Feature, OfferedAction
from webui.i18n import _
from webui.integration import Integration
from webui.mail import letters, pages

FEATURE = Feature(
    name="mail",
    pages=(pages.pages, letters.pages),
    integration=Integration(
        name=lambda: _("Mail"),
        icon="mail",
        summary=lambda: _("Messages are sent through the place’s own mail server."),
        permission=MANAGE_MESSAGES,
        health=pages.health,
        endpoint="mail.show",
    ),
    actions={READ: OfferedAction("mail.show", "mail", lambda: _("See why"), MANAGE_MESSAGES)},
)
