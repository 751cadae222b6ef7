"""The web side of *safety register*."""

from controller.capabilities.safety_register.activity import READ
from controller.capabilities.safety_register.permissions import SAFETY_WRITE
from webui.feature import Feature, OfferedAction
from webui.i18n import _
from webui.safety_register import api, pages
from webui.safety_register import entry_form as entry_form  # its pages are of the same family

FEATURE = Feature(
    name="safety_register",
    api=api.ROUTES,
    pages=(pages.pages,),
    actions={
        READ: OfferedAction(
            "safety.show", "shield-alert", lambda: _("Read the register"), SAFETY_WRITE
        )
    },
)
