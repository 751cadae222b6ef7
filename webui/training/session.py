"""A course session: outcomes, certifying all who passed, adding and removing people, papers."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.plans import member_search
from controller.capabilities.training import (
    arrivals,
    certify_passed,
    enrolments,
    notices,
    outcomes,
    session_sheet,
)
from controller.capabilities.training.course_sessions import NotBegun
from controller.capabilities.training.models import EnrolmentStatus, Outcome
from controller.capabilities.training.shapes import Attended, Certified, Enrolment
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Forbidden, Invalid, NotFound, ServiceError, Stale
from webui.badges.numbers import is_number, read_number
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, is_htmx_request, site_zone
from webui.i18n import _, plural
from webui.i18n.dates import format_day
from webui.members import namesakes, shared_address
from webui.members.holdings import certification_names
from webui.members.member_action import refusal, refuse
from webui.members.views import member_line
from webui.training import own_enrolment, session_facts
from webui.training.certified_people import certified_people, read_lacks
from webui.training.clashes import clashes
from webui.training.notice_view import last_notice, moved_up, removed_text
from webui.training.refusal_text import enrolment_refusal, not_begun
from webui.training.session_view import (
    OUTCOMES,
    AddParticipantForm,
    SessionPage,
    candidate,
    outcome_words,
    session_page,
)
from webui.undo import done_with_undo, flash_cancelled, flash_done, moment_done
from webui.write_actions import answer_errors, write_action

T = TypeVar("T")
pages = Pages("session", __name__)
_READ = Permission.MEMBERS_READ
"""The page's permission; whether somebody runs a session is checked by the service."""
_CONFLICT = 409


@pages.get("/training/sessions/<session>", Permission.RULES_READ)
def show(session: str) -> ResponseReturnValue:
    """Show the session, with its participants for readers who may see members."""
    return render_session(session, AddParticipantForm())


@pages.post("/training/sessions/<session>/outcomes/<member>", _READ)
def note(session: str, member: str) -> ResponseReturnValue:
    """Record an outcome, if the one that the page showed is still current."""
    try:
        outcome, shown_outcome = (
            _outcome(request.form.get(name, "")) for name in ("outcome", "seen")
        )
    except ValueError:
        abort(400)
    web = context()
    try:
        with web.database.write() as db:
            before = outcomes.note_outcome(
                db, session, member, outcome, seen=shown_outcome, actor=actor(), now=web.clock()
            )
    except (NotFound, Invalid):
        abort(404)
    except Forbidden:
        abort(403)
    except ServiceError as error:
        return _render_not_noted(session, member, error)
    values = {"outcome": before or "", "seen": outcome or ""}
    text = _("Outcome cleared.")
    if outcome is not None:
        text = _("Recorded: %(outcome)s.", outcome=outcome_words()[outcome])
    done_with_undo(text, "session.note", session=session, member=member, **values)
    return ("", 204) if is_htmx_request() else back_to_session(session, f"p-{member}")


def _outcome(text: str) -> Outcome | None:
    """Return the outcome, or None for an empty text. Raises ValueError."""
    return Outcome(text) if text else None


def _render_not_noted(session: str, member: str, error: ServiceError) -> ResponseReturnValue:
    text = refusal(error, _("This person is certified: suspend the certification instead."))
    if isinstance(error, Stale):
        text = _("Another outcome was recorded in the meantime: it is shown here.")
    if isinstance(error, NotBegun):
        text = not_begun()
    if is_htmx_request():
        return text, _CONFLICT
    refuse(text)
    return back_to_session(session, f"p-{member}")


@pages.post("/training/sessions/<session>/passed", _READ)
def pass_the_rest(session: str) -> ResponseReturnValue:
    """Record *passed* for everybody whom the page showed without an outcome."""
    now, shown = context().clock(), set(request.form.getlist("member"))

    def show_result(result: tuple[int, Utc, int]) -> None:
        number, at, others = result
        if not number:
            refuse(_("Nobody was recorded as passed.") + _left_out(others))
            return
        text = plural("%(n)s recorded as passed.", "%(n)s recorded as passed.", number)
        undo = {"session": session, "at": at.text()}
        done_with_undo(text + _left_out(others), "session.unpass", **undo)

    return _run_action(
        session,
        lambda db: outcomes.pass_the_rest(db, session, shown, actor=actor(), now=now),
        show_result,
        anchor="finish",
    )


def _left_out(number: int) -> str:
    """Say, after another sentence, how many people the page did not show when it was loaded."""
    if not number:
        return ""
    return " " + plural(
        "%(n)s person was left out: this page did not list them yet.",
        "%(n)s people were left out: this page did not list them yet.",
        number,
    )


@pages.post("/training/sessions/<session>/passed/undo", _READ)
def unpass(session: str) -> ResponseReturnValue:
    """Undo recording *passed* for everybody."""
    at, now = moment_done(), context().clock()
    return _run_action(
        session,
        lambda db: outcomes.undo_pass_the_rest(db, session, at, actor=actor(), now=now),
        lambda n: flash_done(plural("%(n)s without outcome.", "%(n)s without outcome.", n)),
    )


@pages.post("/training/sessions/<session>/certify", _READ)
def certify(session: str) -> ResponseReturnValue:
    """Certify all members whom the page showed as passed and who can be certified."""
    now, shown = context().clock(), set(request.form.getlist("member"))

    def show_result(result: Certified) -> None:
        others = _left_out(sum(refused.member_id not in shown for refused in result.refused))
        with context().database.read() as db:
            done = (now, result.certified) if result.certified else None
            # pressed twice: the answer to the second press is the only one that is seen
            done = done or certify_passed.last_certified(db, session, shown, actor=actor())
            text = certified_people(db, session, done[1], now) if done else ""
        if done is None:
            refuse(_("Nobody was certified: see the lines.") + others)
        else:
            undo = {"session": session, "at": done[0].text()}
            done_with_undo(text + others, "session.uncertify", **undo)

    return _run_action(
        session,
        lambda db: certify_passed.certify(db, session, actor=actor(), now=now, members=shown),
        show_result,
        anchor="finish",
    )


@pages.post("/training/sessions/<session>/certify/undo", _READ)
def uncertify(session: str) -> ResponseReturnValue:
    """Undo certifying: everybody holds what they held before."""
    at, now = moment_done(), context().clock()
    return _run_action(
        session,
        lambda db: certify_passed.take_back(db, session, at, actor=actor(), now=now),
        lambda n: flash_done(plural("Undone for %(n)s person.", "Undone for %(n)s people.", n)),
        anchor="finish",
    )


@pages.post("/training/sessions/<session>/people", _READ)
def add(session: str) -> ResponseReturnValue:
    """Add a participant: by badge, by choosing a name that was offered, or as a new member.

    A new member is only added once the form confirms that none of the offered members is meant, and
    that the e-mail address may be shared.
    """
    form = request.form
    who = " ".join(form.get("who", "").split())[:200]
    typed = AddParticipantForm(who=who, email=form.get("email", "").strip()[:254])
    member = form.get("member", "")
    is_asked = form.get("new", "").casefold() == who.casefold() != ""
    if not member and not is_number(who) and not is_asked:
        with context().database.read() as db:
            similar = member_search.similar_members(db, who, actor=actor(), now=context().clock())
        if not who:
            typed = replace(typed, wrong={"who": _("Enter a name, or tap a badge.")})
            return render_session(session, typed), 422
        if similar:
            return render_session(session, typed, names_too=True), 422
    if not member and not is_number(who):
        with context().database.read() as db:
            typed = replace(typed, wrong=shared_address.question(db, typed.email))
        if typed.wrong:
            return render_session(session, typed, names_too=is_asked), 422
    with write_action(
        ServiceError,
        lambda error: (render_session(session, replace(typed, wrong=_field_errors(error))), 422),
    ) as (db, _now):
        enrolment = _add_participant(db, session, member, typed)
    _flash_added(session, enrolment)
    return back_to_session(session, f"p-{enrolment.member_id}")


def _add_participant(
    db: Session, session: str, member: str, typed: AddParticipantForm
) -> Enrolment:
    vault, who, now = context().vault, actor(), context().clock()
    if member:
        attended = Attended(member_id=member)
        return arrivals.add(db, session, attended, vault=vault, actor=who, now=now)
    if is_number(typed.who):
        badge = Attended(badge=str(read_number(typed.who)))
        return arrivals.add(db, session, badge, vault=vault, actor=who, now=now)
    email = typed.email or None
    return arrivals.add_new_member(db, session, typed.who, email, vault=vault, actor=who, now=now)


def _field_errors(error: ServiceError) -> dict[str, str]:
    if isinstance(error, Invalid):
        fields = {field_error.field for field_error in error.errors}
        if "email" in fields:
            return {"email": _("This is not an e-mail address.")}
        if "badge" in fields:
            return {"who": _("This badge belongs to nobody here. Enter the person’s name instead.")}
        return {"who": _("Enter a name of at most 200 visible characters, in one alphabet.")}
    return {"who": enrolment_refusal(error)}


def _flash_added(session: str, enrolment: Enrolment) -> None:
    if enrolment.status is EnrolmentStatus.WAITING:
        text = _("%(name)s is waiting for a place.", name=enrolment.name)
    else:
        text = _("%(name)s is now on the list.", name=enrolment.name)
    done_with_undo(text, "session.withdraw", session=session, member=enrolment.member_id)


@pages.post("/training/sessions/<session>/people/<member>/withdraw", _READ)
def withdraw(session: str, member: str) -> ResponseReturnValue:
    """Withdraw somebody; if the next person waiting gets the place, the message says so."""
    web = context()
    try:
        with web.database.write() as db:
            now = web.clock()
            before = enrolments.of_session(db, session, actor=actor(), now=now)
            moved = enrolments.withdraw(db, session, member, actor=actor(), now=now)
            recipients = notices.moved_up(db, session, at=now, actor=actor())
            sheet = session_sheet.read(db, session, actor=actor(), now=now)
    except (NotFound, Invalid):
        abort(404)
    except ServiceError as error:
        refuse(refusal(error, _("An outcome has been recorded: the person stays on the list.")))
        return back_to_session(session)
    status = next(enrolment.status for enrolment in before if enrolment.member_id == member)
    if moved:
        flash_done(removed_text(recipients))
    elif not sheet.may_reenrol:
        flash_done(_("Withdrawn."))
    else:
        values = {"session": session, "member": member, "status": status}
        flash_cancelled(_("Withdrawn."), "session.restore", **values)
    return back_to_session(session)


@pages.post("/training/sessions/<session>/people/<member>/restore", _READ)
def restore(session: str, member: str) -> ResponseReturnValue:
    """Undo the withdrawal."""
    has_waited = request.form.get("status") == EnrolmentStatus.WAITING
    web, who = context(), actor()
    try:
        with web.database.write() as db:
            now = web.clock()
            enrolment = enrolments.restore(
                db, session, member, has_waited=has_waited, actor=who, now=now
            )
    except (NotFound, Invalid):
        abort(404)
    except ServiceError as error:
        refuse(enrolment_refusal(error))
        return back_to_session(session)
    _flash_added(session, enrolment)
    return back_to_session(session, f"p-{member}")


@pages.get("/training/sessions/<session>/attendance", _READ)
def attendance(session: str) -> ResponseReturnValue:
    """Show the attendance sheet to print and sign, with empty lines for unannounced people."""
    return render_template("session/attendance.html", page=_page(session, AddParticipantForm()))


@pages.get("/training/sessions/<session>/certificates", _READ)
def certificates(session: str) -> ResponseReturnValue:
    """Show a certificate of attendance for everybody who was there, a sheet each."""
    page = _page(session, AddParticipantForm())
    today = format_day(context().clock().astimezone(site_zone()).date(), "d MMMM y")
    return render_template("session/certificates.html", page=page, today=today)


def _run_action(
    session: str,
    service: Callable[[Session], T],
    confirm: Callable[[T], None],
    anchor: str = "people",
) -> ResponseReturnValue:
    with (
        answer_errors(
            ServiceError,
            lambda error: refusal(
                error, _("That is no longer possible. This is the current state.")
            ),
            back_to_session(session, anchor),
        ),
        write_action(NotBegun, not_begun(), back_to_session(session, anchor)) as (db, _now),
    ):
        result = service(db)
    confirm(result)
    return back_to_session(session, anchor)


def back_to_session(session: str, anchor: str = "people") -> ResponseReturnValue:
    """Redirect to the session's page, at the form's anchor."""
    return redirect(url_for("session.show", session=session, _anchor=anchor), 303)


def render_session(
    session: str,
    add: AddParticipantForm,
    *,
    names_too: bool = False,
    facts: session_facts.SessionForm | None = None,
) -> str:
    """Return the page, with what was typed in one of its forms; `names_too` offers members whose
    name is like the typed one."""
    page = _page(session, add, names_too=names_too, facts=facts)
    return render_template(
        "session/session.html", page=page, outcomes=OUTCOMES, words=outcome_words()
    )


def _page(
    session: str,
    add: AddParticipantForm,
    *,
    names_too: bool = False,
    facts: session_facts.SessionForm | None = None,
) -> SessionPage:
    web, who = context(), actor()
    now, zone = web.clock(), site_zone()
    with web.database.read() as db:
        sheet = session_sheet.read(db, session, actor=who, now=now)
        names = {
            key: certification_name.name
            for key, certification_name in certification_names(db).items()
        }
        if names_too:
            similar = member_search.similar_members(db, add.who, actor=who, now=now)
            lines = namesakes.distinguish(
                db, [member_line(member, {}, now, zone) for member in similar]
            )
            ids = [member_line.id for member_line in lines]
            missing_by_member = session_sheet.missing_certifications(
                db, session, ids, actor=who, now=now
            )
            add = replace(
                add,
                candidates=tuple(
                    candidate(member_line, missing_by_member.get(member_line.id, ()), names)
                    for member_line in lines
                ),
            )
        own = _own_enrolment(db, sheet, names, now)
        conflicts = clashes(db, sheet.session, now, zone) if sheet.may_run else ()
        last = last_notice(db, sheet, now, zone)
        moved = moved_up(db, sheet, now, zone)
        lacks = read_lacks(db, sheet, now)
        shows_people = is_allowed(Permission.MEMBERS_READ)
        shows_facts = sheet.may_run and shows_people and sheet.session.cancelled_at is None
        view = (
            session_facts.facts_view(db, sheet.session, facts, actor=who) if shows_facts else None
        )
    return session_page(
        sheet, names, add, own, conflicts, last, moved, view, lacks, shows_people, now, zone
    )


def _own_enrolment(
    db: Session, sheet: session_sheet.Sheet, names: dict[str, str], now: Utc
) -> own_enrolment.OwnEnrolment | None:
    """The enrolment of a member who does not run the session and may join it."""
    who = actor()
    if sheet.may_run or who.member_id is None or not is_allowed(Permission.OWN_WRITE):
        return None
    missing_by_member = session_sheet.missing_certifications(
        db, sheet.session.id, [who.member_id], actor=who, now=now
    )
    keys = missing_by_member.get(who.member_id, ())
    return own_enrolment.own_enrolment_view(
        sheet, who.member_id, ", ".join(names.get(key, key) for key in keys), now
    )
