"""Asks before another member gets the e-mail address of an existing one."""

from flask import request

from controller.capabilities.members import search
from controller.kernel.database import Session
from webui.guard import actor
from webui.i18n import _

FIELD = "same_email"
"""The check box *Use this address anyway*; its value is the address."""
_NAMED = 3
"""How many of those who have the address are named."""


def question(db: Session, email: str | None, member_id: str = "") -> dict[str, str]:
    """Return the question by form field if somebody else has this address; else nothing.

    Only people whom the actor may see count. Nothing is asked once the check box was ticked for
    this address.
    """
    if not email or request.form.get(FIELD, "").casefold() == email.casefold():
        return {}
    found = search.with_address(db, email, actor=actor())
    names = [other.display_name for other in found if other.id != member_id]
    if not names:
        return {}
    listed = ", ".join([*names[:_NAMED], *["…"] * (len(names) > _NAMED)])
    text = _("This address is already on record for %(names)s.", names=listed)
    return {"email": text, FIELD: email}
