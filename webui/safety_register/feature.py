"""The web side of *safety register*."""

from pathlib import Path

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
    locale=Path(__file__).with_name("locale"),
    nexts={
        READ: OfferedAction(
            endpoint="safety.show",
            icon="shield-alert",
            text=lambda: _("Read the register"),
            permission=SAFETY_WRITE,
        )
    },
)
