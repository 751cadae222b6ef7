"""Confirms who used a machine with a badge that was no longer theirs."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from controller.capabilities.usage import doubts
from controller.kernel.actor import Permission
from controller.kernel.errors import Conflict
from webui.addresses import form_address, return_address
from webui.feature import Pages
from webui.guard import actor
from webui.i18n import _
from webui.undo import done_with_undo, flash_done
from webui.write_actions import write_action

pages = Pages("usage", __name__)


@pages.post("/uses/<session>/user", Permission.MONEY_WRITE)
def confirm(session: str) -> ResponseReturnValue:
    """Confirm that the person named by the box pays for the use, or undo that."""
    back = redirect(return_address(form_address()), 303)
    doubtful = request.form.get("doubtful") == "yes"
    with write_action(Conflict, _("This was decided in the meantime."), back) as (db, now):
        doubts.decide(db, session, doubtful=doubtful, actor=actor(), now=now)
    if doubtful:
        flash_done(_("Charged to nobody again."))
    else:
        text = _("The person whose badge it was pays for this use.")
        done_with_undo(text, "usage.confirm", session=session, doubtful="yes")
    return back
