"""Notes the weight of a print of which the printer reported none, from the month's statements."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from controller.capabilities.print_jobs import print_jobs
from controller.kernel.actor import Permission
from controller.kernel.errors import Conflict
from webui.acts import write_action
from webui.addresses import form_address
from webui.feature import Pages
from webui.guard import actor
from webui.i18n import _
from webui.undo import flash_done, refuse

MOST = 100_000
"""The largest weight of a print, in grams."""
pages = Pages("prints", __name__)


@pages.post("/prints/<job>/weight", Permission.MONEY_WRITE)
def weigh(job: str) -> ResponseReturnValue:
    """Charge so many grams of the print's material, or nothing."""
    back = redirect(form_address(), 303)
    grams = 0 if request.form.get("free") == "yes" else _grams()
    if grams is None:
        refuse(_("Enter a whole number of grams, from 1 to 100,000."))
        return back
    with write_action(Conflict, _("This was decided in the meantime."), back) as (db, now):
        print_jobs.note_weight(db, job, grams, actor=actor(), now=now)
    if grams:
        flash_done(_("%(n)s g of material are charged for this print.", n=grams))
    else:
        flash_done(_("No material is charged for this print."))
    return back


def _grams() -> int | None:
    text = request.form.get("grams", "").strip()
    grams = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
    return grams if 1 <= grams <= MOST else None
