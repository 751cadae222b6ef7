"""The web side of *audit*."""

from controller.capabilities.audit.activity import READ
from controller.kernel.actor import Permission
from webui.audit import incident_pages, pages
from webui.feature import Feature, OfferedAction
from webui.i18n import _

FEATURE = Feature(
    name="audit",
    pages=(pages.pages, incident_pages.pages),
    actions={
        READ: OfferedAction(
            "audit.show", "scroll-text", lambda: _("View the audit log"), Permission.AUDIT_READ
        )
    },
)
