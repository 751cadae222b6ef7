"""A member's own enrolment on the page of a course session."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.training import enrolments
from controller.capabilities.training.models import EnrolmentStatus
from controller.capabilities.training.session_sheet import Sheet
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Invalid, ServiceError
from webui.feature import Pages
from webui.guard import actor, own_member
from webui.i18n import _, pgettext
from webui.training.refusal_text import enrolment_refusal, withdrawal_refusal
from webui.undo import done_with_undo, flash_cancelled, flash_done
from webui.write_actions import answer_errors, write_action

T = TypeVar("T")
pages = Pages("joining", __name__)
_OWN = Permission.OWN_WRITE


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEnrolment:
    """The member's own state in the session, and the button to change it."""

    status: str
    act: str
    text: str
    why_not: str = ""
    """Why the button is disabled; empty: it is not."""
    leaving: str = ""
    """What withdrawing causes at once and irrevocably; empty: nothing."""


def own_enrolment_view(
    sheet: Sheet, member_id: str, missing_text: str, now: Utc
) -> OwnEnrolment | None:
    """Return the member's own enrolment; `missing_text` is the text of what is required first.

    None if nothing can be done any more.
    """
    course_session = sheet.session
    lines = [line.enrolment for line in (*sheet.lines, *sheet.waiting)]
    own_line = next((line for line in lines if line.member_id == member_id), None)
    if (
        course_session.cancelled_at is not None
        or course_session.ends_at <= now
        or (own_line and own_line.outcome)
    ):
        return None
    if own_line:
        waits = own_line.status is EnrolmentStatus.WAITING
        text = _(
            "You are on the waiting list: a free place goes to the person who has waited longest."
        )
        return OwnEnrolment(
            status=text if waits else _("You are enrolled in this session."),
            act="joining.withdraw",
            text=_("Stop waiting") if waits else pgettext("myself", "Withdraw"),
            leaving=_("Somebody waits for this place: they get it at once.")
            if sheet.next_in_line and not waits
            else "",
            why_not=""
            if waits or course_session.starts_at > now
            else _("Too late: this session has started."),
        )
    full = course_session.places is not None and course_session.enrolled >= course_session.places
    why_not = _("Needed first: %(what)s.", what=missing_text) if missing_text else ""
    if course_session.starts_at <= now:
        why_not = _("Too late: this session has started.")
    return OwnEnrolment(
        status=_("The session is full.") if full else "",
        act="joining.enrol",
        text=_("Join the waiting list") if full else pgettext("myself", "Enrol"),
        why_not=why_not,
    )


def flash_withdrawn(moved: Collection[str], endpoint: str, **values: str) -> None:
    """Flash that a member has withdrawn, with an undo button unless somebody else has the place
    now."""
    if moved:
        return flash_done(_("Enrolment cancelled. Whoever has waited longest has the place."))
    return flash_cancelled(_("Enrolment cancelled."), endpoint, **values)


def enrolment_text(status: EnrolmentStatus) -> str:
    """The confirmation after a member's own enrolment."""
    if status is EnrolmentStatus.WAITING:
        return _("The session is full: you are on the waiting list.")
    return _("Enrolled.")


@pages.post("/training/sessions/<session>/own", _OWN)
def enrol(session: str) -> ResponseReturnValue:
    """Enrol the member, or put them on the waiting list."""
    return _run_action(
        session,
        lambda db, now: enrolments.enrol(db, session, own_member(), actor=actor(), now=now).status,
        lambda status: done_with_undo(enrolment_text(status), "joining.withdraw", session=session),
        enrolment_refusal,
    )


@pages.post("/training/sessions/<session>/own/withdraw", _OWN)
def withdraw(session: str) -> ResponseReturnValue:
    """Withdraw the member; the next person waiting gets the place."""
    return _run_action(
        session,
        lambda db, now: enrolments.withdraw(db, session, own_member(), actor=actor(), now=now),
        lambda moved: flash_withdrawn(moved, "joining.enrol", session=session),
        withdrawal_refusal,
    )


def _run_action(
    session: str,
    service: Callable[[Session, Utc], T],
    say: Callable[[T], None],
    why_not: Callable[[ServiceError], str],
) -> ResponseReturnValue:
    back = redirect(url_for("session.show", session=session, _anchor="own"), 303)
    with (
        answer_errors(ServiceError, why_not, back),
        write_action(Invalid, lambda _error: abort(404)) as (db, now),
    ):
        result = service(db, now)
    say(result)
    return back
