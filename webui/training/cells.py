"""Acts in a cell of the matrix: given, suspended with a reason, restored, taken back."""

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
from webui.acts import act, refusing
from webui.feature import Pages
from webui.guard import actor
from webui.i18n import _
from webui.members.acting import known_here, reason, refusal
from webui.training.looking import Looking
from webui.undo import done, done_with_undo

pages = Pages("cells", __name__)
_READ = Permission.MEMBERS_READ
"""Whether somebody may certify depends on the certification: the service says."""
_Service = Callable[[Session, Utc], object]


@pages.post("/training/people/<member>/<certification>/give", _READ)
def give(member: str, certification: str) -> ResponseReturnValue:
    """Give it at a level, from now on."""
    why = reason()

    def service(db: Session, now: Utc) -> object:
        certifications.get(db, certification, actor=actor())
        try:
            new = Grant(level=Level(request.form.get("level", "")), reason=why)
        except ValueError:
            abort(400)
        return member_certifications.grant(db, member, certification, new, actor=actor(), now=now)

    text = _("Certification given. It counts from the next tap.")
    refused = _("It is suspended: restore it first.")
    return _act(member, certification, service, text, "take_back", refused)


@pages.post("/training/people/<member>/<certification>/take-back", _READ)
def take_back(member: str, certification: str) -> ResponseReturnValue:
    """It was given by mistake, just now."""

    def service(db: Session, now: Utc) -> object:
        member_certifications.take_back(db, member, certification, actor=actor(), now=now)
        return None

    return _act(member, certification, service, _("Certification withdrawn: it is as before."))


@pages.post("/training/people/<member>/<certification>/suspend", _READ)
def suspend(member: str, certification: str) -> ResponseReturnValue:
    """It opens nothing until it is restored."""
    text = _("Certification suspended. It opens nothing from now on.")
    return _with_reason(member, certification, member_certifications.suspend, text, "restore")


@pages.post("/training/people/<member>/<certification>/restore", _READ)
def restore(member: str, certification: str) -> ResponseReturnValue:
    """It holds again."""
    text = _("Certification restored.")
    return _with_reason(member, certification, member_certifications.restore, text, "suspend")


def _with_reason(
    member: str, certification: str, deed: Callable[..., object], text: str, opposite: str
) -> ResponseReturnValue:
    why = reason()

    def service(db: Session, now: Utc) -> object:
        certifications.get(db, certification, actor=actor())
        if why is None:
            raise _NoReason
        return deed(db, member, certification, why, actor=actor(), now=now)

    refused = _("That is done already. Here is how it is now.")
    return _act(member, certification, service, text, opposite, refused)


class _NoReason(ServiceError):
    """Nothing was said."""


def _act(
    member: str,
    certification: str,
    service: _Service,
    text: str,
    opposite: str | None = None,
    refused: str | None = None,
) -> ResponseReturnValue:
    """Do it, say how it went, and go back to the cell; `opposite` is what takes it back."""
    looking = Looking.back(request.form.get("back", ""))
    back = redirect(looking.cell(member, certification), 303)
    with (
        refusing(ServiceError, lambda error: refusal(error, refused), back),
        act(_NoReason, _("Say why: the reason is kept with your name."), back) as (db, now),
    ):
        known_here(db, member)
        service(db, now)
    _say(member, certification, text, opposite, looking)
    return back


def _say(
    member: str, certification: str, text: str, opposite: str | None, looking: Looking
) -> None:
    if opposite is None:
        return done(text)
    values = {"member": member, "certification": certification, "back": looking.kept}
    if opposite != "take_back":
        values["tapped"] = _("Undone at once")
    return done_with_undo(text, f"cells.{opposite}", **values)
