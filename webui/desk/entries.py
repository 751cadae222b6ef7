"""Check members and visitors in and out, correct earlier entries, and open the door."""

from collections.abc import Callable
from datetime import time
from functools import partial
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from controller.capabilities.desk import entries
from controller.capabilities.desk.entries import EntryResult
from controller.capabilities.machines import device_commands
from controller.capabilities.plans.pass_days import DayUsed
from controller.capabilities.presence import endings, in_sessions, presence
from controller.capabilities.presence.in_sessions import SessionPresence
from controller.capabilities.presence.shapes import NewPresence, Present
from controller.capabilities.training import enrolments
from controller.capabilities.training.models import EnrolmentStatus
from controller.capabilities.training.shapes import Enrolment
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Invalid, NotFound, ServiceError
from controller.kernel.validate import parse
from webui.context import context
from webui.desk.desk_action import (
    InputRefused,
    as_last_night,
    check_capacity,
    open_member,
    run_action,
    text_line,
    typed_time,
)
from webui.feature import Pages
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, current
from webui.i18n.dates import clock
from webui.members.member_action import known_here, refusal, refuse
from webui.members.reading import MemberReader
from webui.presence import exits
from webui.training.refusal_text import enrolment_refusal
from webui.undo import done_with_undo, flash_done

pages = Pages("desk_entering", __name__)


@pages.post("/desk/enter", Permission.MEMBERS_WRITE)
def enter() -> ResponseReturnValue:
    """Check in a member or named visitors, now or at a time earlier today or last night."""
    member = request.form.get("member", "")

    def change(db: Session, now: Utc) -> EntryResult:
        if member:
            known_here(db, member)
        data: dict[str, Any] = {"zone_id": request.form.get("zone", "")}
        data |= {"member_id": member} if member else {"name": text_line("name") or _("Visitor")}
        data["heads"] = request.form.get("heads", "1")
        typed = typed_time("at", now)
        at = _since() if "since" in request.form else as_last_night(typed or now, now)
        if at > now:
            time = clock(at, site_zone())
            raise InputRefused(
                _("%(time)s is in the future: enter a time that has passed.", time=time)
            )
        new = parse(data | {"at": at.text()}, NewPresence, strict=False)
        new_entry = entries.check_in(db, new, actor=actor(), now=now)
        if new_entry.is_new:
            check_capacity(db, new_entry.present.zone_id)
        return new_entry

    def show_result(entry: EntryResult) -> None:
        if entry.is_new:
            fields = {"presence": entry.present.id, "spent": entry.spent or ""}
            fields |= {"person": open_member(), "member": member}
            fields |= {"courses": ",".join(entry.courses), "zone_before": entry.zone_before}
            fields["since"] = entry.present.since.text()
            done_with_undo(_entry_text(entry), "desk_entering.take_back", **fields)
        else:
            flash_done(_entry_text(entry))
        open_door(request.form.get("door", ""))

    return run_action(change, show_result, open_member() or member)


def already_in_text(present: Present) -> str:
    """Return since when somebody is in, whose entry is recorded once more."""
    time = clock(present.since, site_zone())
    return _("%(name)s is already in, since %(time)s.", name=present.name, time=time)


def _entry_text(entry: EntryResult) -> str:
    if entry.is_new:
        at = clock(entry.present.since, site_zone())
        texts = [_("Entry recorded at %(time)s.", time=at)]
    else:
        texts = [already_in_text(entry.present)]
    for name in entry.courses.values():
        texts.append(_("Present at the session: %(name)s.", name=name.read(current())))
    if entry.spent:
        texts.append(_("Pass used."))
    until = entry.present.until
    if until is not None and until <= context().clock():
        text = _("Signed out automatically at %(time)s.", time=clock(until, site_zone()))
        texts.append(text)
    return " ".join(texts)


@pages.post("/desk/enter/undo", Permission.MEMBERS_WRITE)
def take_back() -> ResponseReturnValue:
    """Undo an entry that was recorded by mistake, and its effects."""
    form = request.form
    courses = [course_id for course_id in form.get("courses", "").split(",") if course_id]

    def change(db: Session, now: Utc) -> Present:
        key, spent, before = (form.get(name, "") for name in ("presence", "spent", "zone_before"))
        since = _since() if form.get("since") else None
        undo = partial(entries.undo_entry, courses=courses, spent=spent or None, zone_before=before)
        return _undo(lambda: undo(db, key, since=since, actor=actor(), now=now))

    person = open_member() or form.get("member", "")
    return run_action(
        change, lambda _gone: flash_done(_("Entry cancelled.")), person, conflict=_undo_refusal_text
    )


def _undo_refusal_text(error: ServiceError) -> str:
    if isinstance(error, DayUsed):
        return _("The entry stays: their pass was used since. Record when they leave.")
    return refusal(error)


@pages.post("/desk/leave", Permission.MEMBERS_WRITE)
def leave() -> ResponseReturnValue:
    """Check somebody out, now or at an earlier time of the visit, which may have begun
    yesterday."""
    key, member = request.form.get("presence", ""), request.form.get("member", "")

    def change(db: Session, now: Utc) -> tuple[Present, bool]:
        present, typed = present_here(db, key), typed_time("at", now)
        at = (
            now
            if typed is None
            else endings.moment_after(present.since, _clock(typed), site_zone())
        )
        return present, presence.check_out(db, key, actor=actor(), now=now, at=at)

    def show_result(result: tuple[Present, bool]) -> None:
        departed, can_be_undone = result
        text = _("%(name)s: exit recorded.", name=departed.name)
        fields = {"zone": departed.zone_id, "person": open_member() or member}
        if not can_be_undone:
            fields |= {"heads": str(departed.heads), "name": departed.name}
            fields["since"] = departed.since.text()
            done_with_undo(text, "desk_entering.enter", **fields)
            return
        fields |= {"presence": departed.id, "since": departed.since.text()}
        done_with_undo(text, "desk_entering.not_gone", **fields)

    return run_action(change, show_result, open_member() or member)


@pages.post("/desk/leave/session", Permission.MEMBERS_WRITE)
def leave_session() -> ResponseReturnValue:
    """Check out somebody who is in by a course session alone."""
    member = request.form.get("member", "")

    def change(db: Session, now: Utc) -> SessionPresence:
        try:
            return in_sessions.check_out(db, site().id, member, actor=actor(), now=now)
        except presence.EvacuationRunning as error:
            text = _(
                "An evacuation or a drill is in progress: note on its roll who has been seen, and "
                "record the exit once it has ended."
            )
            raise InputRefused(text) from error

    return run_action(
        change, lambda gone: flash_done(_("%(name)s: exit recorded.", name=gone.name))
    )


@pages.post("/desk/visits/correct", Permission.MEMBERS_WRITE)
def correct_exit() -> ResponseReturnValue:
    """Correct the exit of somebody who forgot to badge out."""
    member = request.form.get("member", "")

    def change(db: Session, now: Utc) -> None:
        known_here(db, member)
        typed = typed_time("at", now)
        if typed is None:
            raise InputRefused(_("Enter the time as 14:30."))
        reader = MemberReader(db=db, who=actor(), now=now, zone=site_zone(), member=member)
        try:
            exits.correct(db, request.form.get("visit", ""), _clock(typed), reader)
        except Invalid as error:
            text = _(
                "Only an earlier exit can be entered: a time between the entry and the exit that "
                "was recorded automatically."
            )
            raise InputRefused(text) from error

    return run_action(
        change, lambda _none: flash_done(_("The time of the exit was corrected.")), member
    )


def _clock(at: Utc) -> time:
    return at.astimezone(site_zone()).time()


@pages.post("/desk/leave/undo", Permission.MEMBERS_WRITE)
def not_gone() -> ResponseReturnValue:
    """Undo a check-out: restore the presence as it was."""
    form = request.form

    def change(db: Session, now: Utc) -> Present:
        key, zone = form.get("presence", ""), form.get("zone", "")
        undo = partial(presence.undo_check_out, actor=actor(), now=now)
        return _undo(lambda: undo(db, key, zone, _since()))

    return run_action(
        change, lambda its: flash_done(_("%(name)s is recorded as in again.", name=its.name))
    )


def _undo(undo: Callable[[], Present]) -> Present:
    """Undo an entry or exit here. Raises InputRefused if somebody else has undone it already."""
    try:
        present = undo()
        if present.site_id != site().id:
            raise NotFound("presence", present.id)
        return present
    except NotFound as error:
        text = _("Nothing has changed: this was undone already, or something was recorded since.")
        raise InputRefused(text) from error


def _since() -> Utc:
    """Return since when the person was in whose exit is undone. Raises NotFound."""
    since = request.form.get("since", "")
    try:
        return Utc.parse(since)
    except ValueError as problem:
        raise NotFound("presence", since) from problem


@pages.post("/desk/sessions/<session>/enrol", Permission.MEMBERS_WRITE)
def enrol(session: str) -> ResponseReturnValue:
    """Enrol the open member in a session of today, or put them on its waiting list."""
    member = request.form.get("member", "")

    def change(db: Session, now: Utc) -> Enrolment:
        known_here(db, member)
        return enrolments.enrol(db, session, member, actor=actor(), now=now)

    def show_result(entry: Enrolment) -> None:
        waits = entry.status is EnrolmentStatus.WAITING
        text = _("%(name)s is waiting for a place.") if waits else _("%(name)s: enrolled.")
        fields = {"session": session, "member": member}
        done_with_undo(text % {"name": entry.name}, "desk_entering.withdraw", **fields)

    return run_action(change, show_result, member, conflict=enrolment_refusal)


@pages.post("/desk/sessions/<session>/withdraw", Permission.MEMBERS_WRITE)
def withdraw(session: str) -> ResponseReturnValue:
    """Withdraw an enrolment that was made at the desk."""
    member = request.form.get("member", "")

    def change(db: Session, now: Utc) -> None:
        known_here(db, member)
        enrolments.withdraw(db, session, member, actor=actor(), now=now)

    return run_action(
        change, lambda _none: flash_done(_("The enrolment has been cancelled.")), member
    )


def present_here(db: Session, key: str) -> Present:
    """Return the presence of somebody at this site. Raises NotFound."""
    present = presence.get(db, key, actor=actor())
    if present.site_id != site().id:
        raise NotFound("presence", key)
    return present


def open_door(point: str) -> None:
    """Open the door that the entry's form names; the entry remains recorded if that fails."""
    if not point or not is_allowed(Permission.COMMAND):
        return
    web = context()
    try:
        with web.database.write() as db:
            device_commands.open_once(db, point, actor=actor(), now=web.clock())
    except ServiceError:
        refuse(_("It has been recorded, but the door does not respond or is locked down."))
