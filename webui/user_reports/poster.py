"""The poster of a machine, with the QR code that opens the report form."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.machines import access_points
from controller.capabilities.user_reports import report_codes
from controller.capabilities.user_reports.shapes import NewTellCode
from controller.kernel.actor import Permission
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed
from webui.i18n import _
from webui.naming import read_label
from webui.qr_codes import qr
from webui.undo import flash_done
from webui.write_actions import write_action

pages = Pages("poster", __name__)


@pages.get("/machines/<point>/poster", Permission.LIVE_READ)
def show(point: str) -> ResponseReturnValue:
    """Show the poster to print, or the button that creates a code if there is none."""
    with context().database.read() as db:
        point_row = access_points.get(db, point, actor=actor())
        code = report_codes.active_code_of_point(db, point, actor=actor())
    address = "" if code is None else _address(code.code)
    return render_template(
        "poster/poster.html",
        point=point,
        name=read_label(point_row.name),
        address=address,
        qr=qr(address) if address else None,
        may_make=is_allowed(Permission.RULES_WRITE),
    )


@pages.post("/machines/<point>/poster", Permission.RULES_WRITE)
def make(point: str) -> ResponseReturnValue:
    """Create the machine's code; the earlier code and its posters no longer work."""
    with write_action() as (db, now):
        access_points.get(db, point, actor=actor())
        new = NewTellCode(access_point=point)
        report_codes.create(db, new, actor=actor(), now=now)
    flash_done(_("The poster is ready: print it, and put it up by the machine."))
    return redirect(url_for("poster.show", point=point), 303)


def _address(code: str) -> str:
    """Return the address on the poster, with the public URL if that is set."""
    root = context().settings.web.public_url or request.url_root
    return root.rstrip("/") + url_for("report_form.show", code=code)
