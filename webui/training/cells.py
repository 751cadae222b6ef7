"""Actions in a cell of the matrix: give a certification, suspend it, restore it, and undo."""

from collections.abc import Callable

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from controller.capabilities.training import certifications, member_certifications
from controller.capabilities.training.shapes import Grant
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import ServiceError
from webui.feature import Pages
from webui.guard import actor
from webui.i18n import _
from webui.members.certified_text import certified_text
from webui.members.member_action import known_here, reason, refusal
from webui.training.matrix_query import MatrixView
from webui.undo import done_with_undo, flash_done, moment_done
from webui.write_actions import answer_errors, write_action

pages = Pages("cells", __name__)
_READ = Permission.MEMBERS_READ
"""The page's permission; whether somebody may give a certification is checked by the service."""
_Service = Callable[[Session, Utc], object]


@pages.post("/training/people/<member>/<certification>/give", _READ)
def give(member: str, certification: str) -> ResponseReturnValue:
    """Give the certification at a level, from now on."""
    why = reason()

    def service(db: Session, now: Utc) -> str:
        certifications.get(db, certification, actor=actor())
        try:
            new = Grant(level=Level(request.form.get("level", "")), reason=why)
        except ValueError:
            abort(400)
        member_certifications.grant(db, member, certification, new, actor=actor(), now=now)
        return certified_text(db, member, certification, now)

    refused = _("This certification is suspended: restore it first.")
    return _run_action(member, certification, service, "", "take_back", refused)


@pages.post("/training/people/<member>/<certification>/take-back", _READ)
def take_back(member: str, certification: str) -> ResponseReturnValue:
    """Undo giving the certification."""

    at = moment_done()

    def service(db: Session, now: Utc) -> object:
        member_certifications.withdraw(db, member, certification, actor=actor(), now=now, at=at)
        return None

    return _run_action(
        member, certification, service, _("Certification withdrawn. Everything is as before.")
    )


@pages.post("/training/people/<member>/<certification>/suspend", _READ)
def suspend(member: str, certification: str) -> ResponseReturnValue:
    """Suspend the certification until it is restored."""
    text = _("Certification suspended. It gives no access from now on.")
    return _change_with_reason(
        member, certification, member_certifications.suspend, text, "restore"
    )


@pages.post("/training/people/<member>/<certification>/restore", _READ)
def restore(member: str, certification: str) -> ResponseReturnValue:
    """Restore a suspended certification."""
    text = _("Certification restored.")
    return _change_with_reason(
        member, certification, member_certifications.restore, text, "suspend"
    )


def _change_with_reason(
    member: str, certification: str, change: Callable[..., object], text: str, opposite: str
) -> ResponseReturnValue:
    why = reason()

    def service(db: Session, now: Utc) -> object:
        certifications.get(db, certification, actor=actor())
        if why is None:
            raise _NoReason
        return change(db, member, certification, why, actor=actor(), now=now)

    refused = _("That has already been done. This is the current state.")
    return _run_action(member, certification, service, text, opposite, refused)


class _NoReason(ServiceError):
    """The reason is missing."""


def _run_action(
    member: str,
    certification: str,
    service: _Service,
    text: str,
    opposite: str | None = None,
    refused: str | None = None,
) -> ResponseReturnValue:
    """Run the service, flash the result, and return to the cell; `opposite` is the undo action.

    Without `text` the service returns it.
    """
    view = MatrixView.from_text(request.form.get("back", ""))
    back = redirect(view.cell(member, certification), 303)
    with (
        answer_errors(ServiceError, lambda error: refusal(error, refused), back),
        write_action(_NoReason, _("Give a reason: it is kept with your name."), back) as (db, now),
    ):
        known_here(db, member)
        result = service(db, now)
    _confirm(member, certification, text or str(result), opposite, view, now)
    return back


def _confirm(
    member: str, certification: str, text: str, opposite: str | None, view: MatrixView, now: Utc
) -> None:
    if opposite is None:
        return flash_done(text)
    values = {"member": member, "certification": certification, "back": view.text}
    if opposite == "take_back":
        values["at"] = now.text()
    else:
        values["chosen_reason"] = _("Undone at once")
    return done_with_undo(text, f"cells.{opposite}", **values)
