"""Records the weight of a print if its printer did not report it; the form is on the page of the
month's statements."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from controller.capabilities.print_jobs import print_jobs
from controller.kernel.actor import Permission
from controller.kernel.errors import Conflict, Invalid, ServiceError
from webui.addresses import form_address, return_address
from webui.feature import Pages
from webui.guard import actor
from webui.i18n import _
from webui.undo import done_with_undo, flash_done
from webui.write_actions import write_action

_INVALID_GRAMS = print_jobs.MAX_NOTED_GRAMS + 1
"""A weight that the service refuses."""
pages = Pages("prints", __name__)


@pages.post("/prints/<job>/weight", Permission.MONEY_WRITE)
def weigh(job: str) -> ResponseReturnValue:
    """Charge the print's material by weight, or as free; with the field `noted`, undo that."""
    back = redirect(return_address(form_address()), 303)
    if (noted := request.form.get("noted", type=int)) is not None:
        with write_action(Conflict, _refusal_text, back) as (db, now):
            print_jobs.forget_weight(db, job, noted, actor=actor(), now=now)
        flash_done(_("The weight of this print is to be decided again."))
        return back
    grams = 0 if request.form.get("free") == "yes" else _grams()
    with write_action((Conflict, Invalid), _refusal_text, back) as (db, now):
        print_jobs.note_weight(db, job, grams, actor=actor(), now=now)
    text = (
        _("%(n)s g of material are charged for this print.", n=grams)
        if grams
        else _("No material is charged for this print.")
    )
    done_with_undo(text, "prints.weigh", job=job, noted=grams)
    return back


def _refusal_text(error: ServiceError) -> str:
    if isinstance(error, Invalid):
        return _("Enter a whole number of grams, from 1 to 100,000.")
    return _("This was decided in the meantime.")


def _grams() -> int:
    """Return the grams in the form, or a weight that is refused if they are no whole number."""
    text = request.form.get("grams", "").strip()
    is_number = text.isascii() and text.isdigit() and len(text) < 7
    return int(text) or _INVALID_GRAMS if is_number else _INVALID_GRAMS
