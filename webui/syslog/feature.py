"""The web side of *syslog*."""

from pathlib import Path

from controller.kernel.actor import Permission
from webui.feature import Feature
from webui.i18n import _
from webui.integration import Integration
from webui.syslog.health import health

FEATURE = Feature(
    name="syslog",
    locale=Path(__file__).with_name("locale"),
    integration=Integration(
        name=lambda: _("Log server"),
        icon="clipboard-list",
        summary=lambda: _("Gets the audit and the alarms, without any name (RFC 5424)."),
        permission=Permission.RULES_WRITE,
        health=health,
    ),
)
