"""The web side of *audit*."""

from pathlib import Path

from controller.capabilities.audit.activity import READ
from controller.kernel.actor import Permission
from webui.audit import incident_pages, pages
from webui.feature import Feature, OfferedAction
from webui.i18n import _

FEATURE = Feature(
    name="audit",
    pages=(pages.pages, incident_pages.pages),
    locale=Path(__file__).with_name("locale"),
    nexts={
        READ: OfferedAction(
            endpoint="audit.show",
            icon="scroll-text",
            text=lambda: _("View the audit log"),
            permission=Permission.AUDIT_READ,
        )
    },
)
