"""Planning a course session: add, change, cancel with a reason, reinstate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.billing import months
from controller.capabilities.messages.recipients import Recipient
from controller.capabilities.training import (
    course_sessions,
    courses,
    notices,
    session_sheet,
    trainers,
)
from controller.capabilities.training.shapes import CourseSession, NewCourseSession
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Forbidden, Invalid, ServiceError, Stale
from controller.kernel.validate import parse
from webui import form_merge
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _, pgettext
from webui.i18n.dates import format_day
from webui.members.member_action import reason, refusal, refuse
from webui.naming import read_label
from webui.paging import all_items
from webui.parts import Option
from webui.training import local_times
from webui.training.clashes import Clash
from webui.training.clashes import clashes as clashes_of
from webui.training.day_view import DayView, read_day
from webui.training.notice_view import NoticeView, before_change, to_call_text
from webui.training.session_facts import session_changed_text
from webui.training.session_text import kind_words
from webui.undo import flash_cancelled, flash_done
from webui.write_actions import answer_errors, write_action

pages = Pages("planning", __name__)
_READ = Permission.MEMBERS_READ
"""The page's permission.

Whether somebody may plan depends on the course, and the service checks it.
"""
MAX_DELAY = timedelta(days=31)
"""How long after a session was held it can still be entered on this page."""
_FIRST_COURSE = "?"
"""As the course of a new session: the first one of the list."""
_FIRST, _LAST = "14:00", "16:00"
"""Start and end that the form of a new session proposes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    """The form of a session."""

    session: str
    """Id of the session; empty for a new one."""
    title: str
    courses: tuple[Option, ...]
    kinds: tuple[Option, ...]
    trainers: tuple[Option, ...]
    typed: dict[str, str]
    wrong: dict[str, str] = field(default_factory=dict)
    cancelled: bool = False
    clashes: tuple[Clash, ...] = ()
    """Obstacles that are shown before it is saved."""
    day: DayView | None = None
    """What its day already holds; None: no day is typed."""
    notice: NoticeView | None = None
    """Whom moving, cancelling or reinstating it would affect; None: nobody."""


class _UnconfirmedClashes(ServiceError):
    """There are obstacles that the reader has not seen yet, so nothing is saved."""

    def __init__(self, clashes: tuple[Clash, ...]) -> None:
        super().__init__("something stands in its way")
        self.clashes = clashes


@pages.get("/training/sessions/new", _READ)
def new() -> ResponseReturnValue:
    """Show the form for a new session; the address may choose its course."""
    now, zone = context().clock(), site_zone()
    typed = {
        "day": f"{now.astimezone(zone) + timedelta(days=7):%Y-%m-%d}",
        "starts": _FIRST,
        "ends": _LAST,
        "places": "6",
        "kind": "course",
        "course": request.args.get("course", _FIRST_COURSE),
    }
    return _render_form("", typed, {})


@pages.get("/training/sessions/day", _READ)
def show_day() -> ResponseReturnValue:
    """Show what the day that is chosen in the form already holds."""
    with context().database.read() as db:
        day = _read_day(db, request.args.get("day", ""), request.args.get("session", ""))
    return render_template("planning/day.html", page={"day": day})


def _read_day(db: Session, day: str, session: str) -> DayView | None:
    return read_day(db, site().id, day, site_zone(), context().clock(), session=session)


@pages.post("/training/sessions", _READ)
def create() -> ResponseReturnValue:
    """Plan a session."""
    typed = _typed_values()
    try:
        fields = _fields(typed) | {"course_id": typed["course"] or None, "site_id": site().id}
        _check_not_too_old(fields, context().clock())
        with context().database.write() as db:
            shape = parse(fields, NewCourseSession)
            new_session = course_sessions.create(db, shape, actor=actor(), now=context().clock())
            _check_clashes(db, new_session, ())
    except _UnconfirmedClashes as found:
        return _render_form("", typed, {}, clashes=found.clashes), 422
    except ServiceError as error:
        return _render_form("", typed, _field_errors(error)), 422
    if new_session.is_open:
        flash_done(_("Session planned. People can enrol."))
    else:
        flash_done(_("Session added. Add the people who came, then record the outcomes."))
    return redirect(url_for("session.show", session=new_session.id), 303)


@pages.get("/training/sessions/<session>/edit", _READ)
def edit(session: str) -> ResponseReturnValue:
    """Show the form with the session's current values."""
    stored = _get_session(session)
    return _render_form(session, _stored_values(stored), {}, stored)


@pages.post("/training/sessions/<session>/edit", _READ)
def change(session: str) -> ResponseReturnValue:
    """Save the session; with more places, people move up from the waiting list."""
    typed, before = _typed_values(), _get_session(session)
    version = int(typed["version"]) if typed["version"].isdecimal() else None
    with (
        answer_errors(
            ServiceError, lambda error: (_render_refused(session, typed, error, before), 422)
        ),
        write_action(
            _UnconfirmedClashes,
            lambda problem: (
                _render_form(session, typed, {}, before, clashes=problem.clashes),
                422,
            ),
        ) as (db, now),
    ):
        _check_change(_fields(typed), before, now)
        clashes_before = _clashes(db, before)
        after = course_sessions.change(
            db, session, _fields(typed), version=version, actor=actor(), now=now
        )
        _check_clashes(db, after, clashes_before)
        text = _("Saved.") + _moved_up_text(db, session, now)
    flash_done(text)
    anchor = "notice" if after.starts_at != before.starts_at else None
    return redirect(url_for("session.show", session=session, _anchor=anchor), 303)


@pages.post("/training/sessions/<session>/cancel", _READ)
def cancel(session: str) -> ResponseReturnValue:
    """Cancel the session; enrolled members can read the reason."""
    why, now = reason(), context().clock()
    if why is None:
        refuse(_("Give a reason: the people enrolled will read it."))
        return redirect(url_for("planning.edit", session=session), 303)

    def service(db: Session) -> str:
        course_sessions.cancel(db, session, why, actor=actor(), now=now)
        return _("Session cancelled.")

    return _run_action(session, service, undo=True)


@pages.post("/training/sessions/<session>/hold", _READ)
def hold(session: str) -> ResponseReturnValue:
    """Reinstate a cancelled session, with the same people."""
    now = context().clock()

    def service(db: Session) -> str:
        course_sessions.reinstate(db, session, actor=actor(), now=now)
        last = notices.last_notice(db, session, actor=actor())
        told = last.recipients if last is not None and last.at == now else ()
        return _("The session will take place.") + _moved_up_text(db, session, now, told)

    return _run_action(session, service, undo=False)


def _moved_up_text(db: Session, session: str, now: Utc, told: Sequence[Recipient] = ()) -> str:
    """Say, after another sentence, who has just moved up, and whom to call, also of those who are
    `told` of another change."""
    recipients = notices.moved_up(db, session, at=now, actor=actor())
    text = ""
    if recipients:
        names = ", ".join(one.name for one in recipients)
        text = " " + _("Places given to people on the waiting list: %(names)s.", names=names)
    unique = {one.member_id: one for one in (*recipients, *told)}
    return text + to_call_text(list(unique.values()))


def _run_action(
    session: str, service: Callable[[Session], str], *, undo: bool
) -> ResponseReturnValue:
    back = redirect(url_for("session.show", session=session), 303)
    took_place = _("People were certified in this session, so it can’t be cancelled.")
    with write_action(ServiceError, lambda error: refusal(error, took_place), back) as (db, _now):
        text = service(db)
    if undo:
        flash_cancelled(text, "planning.hold", session=session)
    else:
        flash_done(text)
    return back


def _typed_values() -> dict[str, str]:
    names = ("course", "kind", "day", "starts", "ends", "places", "theme", "trainer")
    typed = {name: request.form.get(name, "").strip()[:200] for name in names}
    return typed | form_merge.hidden_fields()


def _stored_values(stored: CourseSession) -> dict[str, str]:
    """Return the form's fields with the session's current values."""
    values = local_times.fields(stored.starts_at, stored.ends_at, site_zone()) | {
        "kind": stored.kind.value,
        "places": "" if stored.places is None else str(stored.places),
        "theme": stored.theme or "",
        "trainer": stored.trainer_id or "",
    }
    return form_merge.fill(values, stored.version)


def _fields(typed: dict[str, str]) -> dict[str, Any]:
    """Return the form's values for the service. Raises Invalid."""
    try:
        zone = site_zone()
        starts, ends = local_times.moments(typed["day"], typed["starts"], typed["ends"], zone)
    except local_times.EndsBeforeStart as problem:
        raise Invalid.of("ends", str(problem)) from problem
    except ValueError as problem:
        raise Invalid.of("starts_at", str(problem)) from problem
    places = typed["places"]
    if places and not (places.isascii() and places.isdecimal() and len(places) < 6):
        raise Invalid.of("places", "a number")
    if places and int(places) == 0:
        raise Invalid.of("no_places", "at least one")
    return {
        "starts_at": starts.text(),
        "ends_at": ends.text(),
        "kind": typed["kind"],
        "places": int(places) if places else None,
        "theme": typed["theme"] or None,
        "trainer_id": typed["trainer"] or None,
    }


def _clashes(db: Session, course_session: CourseSession) -> tuple[Clash, ...]:
    now, zone = context().clock(), site_zone()
    return (*clashes_of(db, course_session, now, zone), *_closed_month(db, course_session))


def _closed_month(db: Session, course_session: CourseSession) -> tuple[Clash, ...]:
    """Return an obstacle if the session's month is closed: its day may have been mistyped."""
    day = course_session.starts_at.astimezone(site_zone()).date()
    if f"{day:%Y-%m}" > months.last_closed(db, course_session.site_id):
        return ()
    text = _(
        "That month is closed: check that the day is %(day)s. If the session took place then, the "
        "reports of that month count it from now on.",
        day=format_day(day, "EEEE d MMMM y"),
    )
    return (Clash(text=text),)


def _check_clashes(
    db: Session, course_session: CourseSession, confirmed: tuple[Clash, ...]
) -> None:
    """Check that the form confirms all obstacles beside the `confirmed` ones. Raises
    _UnconfirmedClashes."""
    new_clashes = tuple(clash for clash in _clashes(db, course_session) if clash not in confirmed)
    if not {clash.text for clash in new_clashes} <= set(request.form.getlist("confirmed")):
        raise _UnconfirmedClashes(new_clashes)


def _check_not_too_old(fields: dict[str, Any], now: Utc) -> None:
    """Check that a session entered afterwards is not too long ago. Raises Invalid."""
    if str(fields["starts_at"]) < Utc.of(now - MAX_DELAY).text():
        raise Invalid.of("gone", "too long ago")


def _check_change(fields: dict[str, Any], before: CourseSession, now: Utc) -> None:
    """Check that there are places for all who are enrolled, and that it is not moved to a past day.

    An earlier time today is allowed. Raises Invalid.
    """
    places, starts = fields["places"], str(fields["starts_at"])
    if places is not None and places < before.enrolled:
        raise Invalid.of("too_few", "more are enrolled")
    today = now.astimezone(site_zone()).replace(hour=0, minute=0, second=0)
    first = Utc.of(today).text()
    if starts != before.starts_at.text() and starts < first <= before.starts_at.text():
        raise Invalid.of("over", "that day is over")


def _field_errors(error: ServiceError) -> dict[str, str]:
    if not isinstance(error, Invalid):
        text = refusal(error)
        if isinstance(error, Forbidden):
            text = _(
                "Only the desk, or a trainer for everything that the course gives, can do this. "
                "A manager is needed if the session’s trainer is not a trainer here or can’t be "
                "reached by e-mail, or if it lasts more than 24 hours."
            )
        return {"course": text}
    words = {
        "ends": ("ends", _("The end is before the start.")),
        "gone": ("day", _("That day was more than a month ago: check the date.")),
        "over": ("day", _("That day has passed: check the date.")),
        "too_few": ("places", _("More people are enrolled than that: withdraw some first.")),
        "no_places": ("places", _("Enter at least one place, or leave blank for no limit.")),
        "places": ("places", _("Enter a number, or leave blank for no limit.")),
        "course_id": ("course", _("That no longer exists: choose another one.")),
        "trainer_id": ("trainer", _("That no longer exists: choose another one.")),
        "theme": ("theme", _("One line, of 200 characters at most.")),
        "kind": ("kind", pgettext("course session", "Choose the type of session.")),
    }
    when = ("day", _("Enter a day, a start time and an end time."))
    return dict(
        words.get(field_error.field.partition(".")[0], when) for field_error in error.errors
    )


def _render_refused(
    session: str, typed: dict[str, str], error: ServiceError, before: CourseSession
) -> str:
    if not isinstance(error, Stale):
        return _render_form(session, typed, _field_errors(error), before)
    stored = _get_session(session)
    with context().database.read() as db:
        people = trainers.of_site(db, site().id, actor=actor(), now=context().clock())
    words = {key.value: text for key, text in kind_words().items()} | dict(people)
    merged, notes = form_merge.merge(typed, _stored_values(stored), words)
    wrong = {"course": session_changed_text()} | notes
    return _render_form(session, merged, wrong, stored)


def _get_session(session: str) -> CourseSession:
    """Return the session for somebody who runs it; aborts with 404 or 403."""
    with context().database.read() as db:
        sheet = session_sheet.read(db, session, actor=actor(), now=context().clock())
    if not sheet.may_run:
        abort(403)
    return sheet.session


def _render_form(
    session: str,
    typed: dict[str, str],
    wrong: dict[str, str],
    stored: CourseSession | None = None,
    *,
    clashes: tuple[Clash, ...] = (),
) -> str:
    web, who = context(), actor()
    now: Utc = web.clock()
    cancelled = stored is not None and stored.cancelled_at is not None
    notifies = stored is not None and (stored.starts_at > now or not cancelled)
    with web.database.read() as db:
        every = all_items(lambda at: courses.page(db, actor=who, cursor=at))
        people = trainers.of_site(db, site().id, actor=who, now=now)
        concerned = notices.recipients(db, session, actor=who) if notifies else []
        day = _read_day(db, typed["day"], session)
    if typed.get("course") == _FIRST_COURSE:
        typed = typed | {"course": every[0].id if every else ""}
    page = PlanPage(
        session=session,
        title=_("Change the session") if session else _("New session"),
        courses=tuple(Option(value=course.id, text=read_label(course.name)) for course in every),
        kinds=tuple(Option(value=key, text=text) for key, text in kind_words().items()),
        trainers=tuple(Option(value=key, text=name) for key, name in people),
        typed=typed,
        wrong=wrong,
        cancelled=cancelled,
        clashes=clashes,
        day=day,
        notice=before_change(concerned, now, site_zone()),
    )
    return render_template("planning/plan.html", page=page)
