"""Texts about course sessions: name, time, and free places."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.training.agenda import AgendaSession
from controller.capabilities.training.models import CourseSessionKind
from controller.capabilities.training.shapes import CourseSession
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from webui.i18n import _, plural
from webui.i18n.dates import clock, format_day
from webui.naming import read_label
from webui.parts import Bar

FOLLOW_UP_PERIOD = timedelta(days=2)
"""How long missing outcomes, and what newly certified people still lack, are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCard:
    """A session in a list."""

    id: str
    href: str
    when: str
    name: str
    occupancy: str
    """How many people are enrolled, and how many are waiting."""
    bar: Bar | None
    """How many places are taken; None if the session is cancelled or has no limit."""
    to_do: str
    """How many people to call before the session, or what to record once it has begun; empty:
    nothing."""
    cancelled: bool
    is_closed: bool
    """Whether the place is closed on the day of this future session."""


def kind_words() -> dict[CourseSessionKind, str]:
    """Return the label of each kind of session."""
    return {
        CourseSessionKind.COURSE: _("Course"),
        CourseSessionKind.WORKSHOP: _("Workshop"),
        CourseSessionKind.APPOINTMENT: _("Appointment"),
        CourseSessionKind.DROP_IN: _("Drop-in"),
        CourseSessionKind.EVENT: _("Event"),
    }


def card(
    agenda_session: AgendaSession,
    now: Utc,
    zone: ZoneInfo,
    *,
    for_trainers: bool = True,
    to_call: int = 0,
) -> SessionCard:
    """Return a session for a list. What to record is only shown to trainers.

    `to_call`: how many people get no message about the session's last change.
    """
    course_session = agenda_session.session
    has_begun = course_session.cancelled_at is None and course_session.starts_at <= now
    calls = plural("%(n)s to call", "%(n)s to call", to_call) if to_call else ""
    return SessionCard(
        id=course_session.id,
        href=url_for("session.show", session=course_session.id),
        when=format_when(course_session.starts_at, now, zone, is_short=True),
        name=name_of(course_session, agenda_session.course),
        occupancy=occupancy_text(course_session),
        bar=_bar(course_session),
        to_do=_to_do_text(agenda_session, now) if for_trainers and has_begun else calls,
        cancelled=course_session.cancelled_at is not None,
        is_closed=agenda_session.is_closed,
    )


def name_of(course_session: CourseSession, course: Label | None) -> str:
    """Return the course's name, or else the theme, or else the label of its kind."""
    return (
        read_label(course) if course else course_session.theme or kind_words()[course_session.kind]
    )


def format_when(at: Utc, now: Utc, zone: ZoneInfo, *, is_short: bool = False) -> str:
    """Return the time, such as `Aujourd’hui à 9:30`, `Samedi 19 décembre à 9:30` or, if short,
    `Sam. 19 déc., 9:30`."""
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    time = clock(at, zone)
    if (near := (day - today).days) in (-1, 0, 1):
        texts = {-1: _("Yesterday at %(time)s"), 0: _("Today at %(time)s")}
        return texts.get(near, _("Tomorrow at %(time)s")) % {"time": time}
    year = "" if day.year == today.year else " y"
    values = {
        "date": format_day(day, f"EEE d MMM{year}" if is_short else f"EEEE d MMMM{year}"),
        "time": time,
    }
    text = _("%(date)s, %(time)s", **values) if is_short else _("%(date)s at %(time)s", **values)
    return text[:1].upper() + text[1:]


def occupancy_text(course_session: CourseSession) -> str:
    """Return the occupancy, such as `5 sur 6` or `6 sur 6, 2 en attente`."""
    if course_session.cancelled_at is not None:
        return _("cancelled")
    if course_session.places is None:
        return plural("%(n)s enrolled", "%(n)s enrolled", course_session.enrolled)
    text = _("%(n)s of %(places)s", n=course_session.enrolled, places=course_session.places)
    if course_session.waiting:
        waiting = plural("%(n)s waiting", "%(n)s waiting", course_session.waiting)
        return f"{text}, {waiting}"
    return text


def _bar(course_session: CourseSession) -> Bar | None:
    places, enrolled = course_session.places, course_session.enrolled
    if not places or course_session.cancelled_at is not None:
        return None
    label = _("%(n)s of %(places)s", n=enrolled, places=places)
    return Bar(percent=min(100, round(100 * enrolled / places)), label=label)


def _to_do_text(agenda_session: AgendaSession, now: Utc) -> str:
    """Return what to record; missing outcomes are only shown during the follow-up period."""
    if agenda_session.without_outcome and agenda_session.session.ends_at > now - FOLLOW_UP_PERIOD:
        return plural(
            "%(n)s outcome to record", "%(n)s outcomes to record", agenda_session.without_outcome
        )
    if not agenda_session.certifiable:
        return ""
    return plural(
        "%(n)s passed, not certified yet",
        "%(n)s passed, not certified yet",
        agenda_session.certifiable,
    )
