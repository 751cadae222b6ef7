"""Actions on a member's certifications: give, suspend, restore.

And enrolment in course sessions.
"""

from collections.abc import Callable

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.training import enrolments, member_certifications, notices
from controller.capabilities.training.models import EnrolmentStatus
from controller.capabilities.training.shapes import Enrolment, Grant, Held
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.feature import Pages
from webui.guard import actor
from webui.i18n import _
from webui.members.certified_text import certified_text
from webui.members.member_action import origin, reason, refuse, run_action
from webui.training.notice_view import removed_text
from webui.training.refusal_text import enrolment_refusal
from webui.undo import done_with_undo, flash_cancelled, flash_done, moment_done

pages = Pages("certifying", __name__)
_READ = Permission.MEMBERS_READ
"""The page's permission; whether somebody may give a certification is checked by the service."""


@pages.post("/members/<member>/certify", _READ)
def give(member: str) -> ResponseReturnValue:
    """Give a certification at a level."""
    try:
        new = Grant(level=Level(request.form.get("level", "")), reason=reason())
    except ValueError:
        abort(400)
    key = request.form.get("certification", "")

    def change(db: Session, now: Utc) -> tuple[str, Utc]:
        member_certifications.grant(db, member, key, new, actor=actor(), now=now)
        return certified_text(db, member, key, now), now

    def say(done: tuple[str, Utc]) -> None:
        text, at = done
        undo = {"member": member, "certification": key, "at": at.text(), **origin()}
        done_with_undo(text, "certifying.take_back", **undo)

    return run_action(
        member, change, say, conflict=_("This certification is suspended: restore it first.")
    )


@pages.post("/members/<member>/certifications/<certification>/take-back", _READ)
def take_back(member: str, certification: str) -> ResponseReturnValue:
    """Undo giving a certification, just after it was given."""
    at = moment_done()
    return run_action(
        member,
        lambda db, now: member_certifications.withdraw(
            db, member, certification, actor=actor(), now=now, at=at
        ),
        lambda _none: flash_done(_("Certification withdrawn. Everything is as before.")),
    )


@pages.post("/members/<member>/certifications/<certification>/<action>", _READ)
def suspend_or_restore(member: str, certification: str, action: str) -> ResponseReturnValue:
    """Suspend or restore a certification, with a reason."""
    actions: dict[str, tuple[Callable[..., Held], str, str]] = {
        "suspend": (member_certifications.suspend, _("Certification suspended."), "restore"),
        "restore": (member_certifications.restore, _("Certification restored."), "suspend"),
    }
    why = reason(f"reason-{certification}")
    if action not in actions:
        abort(404)
    if why is None:
        refuse(_("Give a reason: it is kept with your name."))
        return redirect(url_for("member.show", member=member), 303)
    service, text, opposite = actions[action]
    return run_action(
        member,
        lambda db, now: service(db, member, certification, why, actor=actor(), now=now),
        lambda _held: done_with_undo(
            text,
            "certifying.suspend_or_restore",
            member=member,
            certification=certification,
            action=opposite,
            chosen_reason=_("Undone at once"),
        ),
        conflict=_("That has already been done. This is the current state."),
    )


@pages.post("/members/<member>/course-sessions/<session>/enrol", _READ)
def enrol(member: str, session: str) -> ResponseReturnValue:
    """Enrol the member, or put them on the waiting list."""

    def confirm(enrolment: Enrolment) -> None:
        waits = enrolment.status is EnrolmentStatus.WAITING
        text = _("On the waiting list.") if waits else _("Enrolled.")
        values = {"member": member, "session": session, **origin()}
        done_with_undo(text, "certifying.withdraw", **values)

    return run_action(
        member,
        lambda db, now: enrolments.enrol(db, session, member, actor=actor(), now=now),
        confirm,
        conflict=enrolment_refusal,
    )


@pages.post("/members/<member>/course-sessions/<session>/withdraw", _READ)
def withdraw(member: str, session: str) -> ResponseReturnValue:
    """Withdraw the enrolment; the first person waiting gets the place."""
    values = {"member": member, "session": session, **origin()}

    def change(db: Session, now: Utc) -> str:
        moved = enrolments.withdraw(db, session, member, actor=actor(), now=now)
        recipients = notices.moved_up(db, session, at=now, actor=actor())
        return removed_text(recipients) if moved else ""

    return run_action(
        member,
        change,
        lambda text: (
            flash_done(text)
            if text
            else flash_cancelled(_("Withdrawn."), "certifying.enrol", **values)
        ),
    )
