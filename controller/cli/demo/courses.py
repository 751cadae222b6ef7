"""Courses of the demo's place: some weeks of sessions, and one today."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from controller.capabilities.members.models import MemberRow
from controller.capabilities.training import (
    certify_passed,
    course_sessions,
    courses,
    enrolments,
    member_certifications,
)
from controller.capabilities.training.models import HeldRow, Outcome
from controller.capabilities.training.shapes import NewCourse, NewCourseSession, NewOutcome
from controller.cli.demo.people import KARIM
from controller.cli.demo.place import SITE_ID, on_open_day
from controller.cli.demo.texts import translate, translate_optional
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, Session
from controller.kernel.shapes import Label

_ZONE = ZoneInfo("Europe/Paris")
_DEMO = Actor.system("demo")
_COURSES = (
    NewCourse(
        id="decoupe-laser",
        name=Label(fr="Découpe laser, prise en main", en="Laser cutting, first steps"),
        grants=("laser",),
        requires=("reglement",),
        site_id=SITE_ID,
    ),
    NewCourse(
        id="premiere-impression",
        name=Label(fr="Première impression 3D", en="A first 3D print"),
        grants=("impression-3d",),
        site_id=SITE_ID,
    ),
    NewCourse(
        id="machines-a-bois",
        name=Label(fr="Machines à bois", en="Woodworking machines"),
        grants=("bois",),
        requires=("reglement",),
        site_id=SITE_ID,
    ),
)
_P, _R, _A = Outcome.PASSED, Outcome.TO_REVIEW, Outcome.ABSENT
REGINE = "Régine Bouchart"
"""A member without the signed house rules, whose certification for 3D printing is suspended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlannedSession:
    """A session `days` from now, at `hour` there; hour None: it has just ended."""

    course: str
    days: int
    hour: int | None
    places: int
    people: dict[str, Outcome | None]
    off: str | None = None
    """Reason for which it is cancelled; None: it is not."""
    theme: str | None = None


_SESSIONS = (
    _PlannedSession(
        course="decoupe-laser",
        days=-10,
        hour=9,
        places=8,
        people={"Chloé Dubrulle": _P, "Émilie Tison": _P, "Camille Roussel": _P, "Nino Rossi": _A},
    ),
    _PlannedSession(
        course="premiere-impression",
        days=-4,
        hour=16,
        places=6,
        people={"Kevin Descamps": None},
        off="L’imprimante attend une buse : nous vous proposons une autre date.",
    ),
    _PlannedSession(
        course="decoupe-laser",
        days=0,
        hour=None,
        places=8,
        people={
            "Louis Delattre": _P,
            "Stéphane Wibaut": _P,
            "Ophélie Brunet": _P,
            "Paul-Émile Ducrocq": _P,
            "Sylvie Delporte": _P,
            REGINE: _P,
            "Philippe Lenglet": _R,
            "Emma Thorez": _A,
        },
    ),
    _PlannedSession(
        course="premiere-impression",
        days=3,
        hour=16,
        places=6,
        people=dict.fromkeys(("Hugo Lefebvre", "Théo Vasseur", "Gaëlle Wattel", "Alix Boulanger")),
        theme="Porte-clés à son nom",
    ),
    _PlannedSession(
        course="machines-a-bois",
        days=5,
        hour=14,
        places=3,
        people=dict.fromkeys(
            ("Maxime Hennebelle", "Anaïs Duhamel", "Emma Thorez", "Michèle Plouvier", "Nino Rossi")
        ),
    ),
    _PlannedSession(
        course="decoupe-laser",
        days=7,
        hour=9,
        places=8,
        people=dict.fromkeys(("Hawa Camara", "Valentin Gosset", "Kevin Descamps")),
    ),
)
IN_COURSE = frozenset(_SESSIONS[2].people)
"""Members who were in the session that has just ended."""
_ENDING = (
    ("Wout Vermeersch", "fraisage", 4),
    ("Rachid Amrani", "bois", 12),
    ("Marek Kowalczyk", "fraisage", 26),
)
"""Member, certification, and days until it ends."""


def add_courses(database: Database, now: Utc) -> int:
    """Add courses and sessions; returns the number of sessions."""
    with database.write() as db:
        people = {row.display_name: row.id for row in db.scalars(select(MemberRow))}
        for course in _COURSES:
            courses.create(db, course, actor=_DEMO, now=now)
        for planned_session in _SESSIONS:
            _plan(db, planned_session, people, now)
        for name, certification, days in _ENDING:
            holding = db.get_one(HeldRow, (people[name], certification))
            last = (now + timedelta(days=days)).astimezone(_ZONE).date()
            holding.valid_until = Utc.midnight(last, _ZONE)
        reason = translate("Buse bouchée deux fois : à revoir ensemble")
        member_certifications.suspend(
            db, people[REGINE], "impression-3d", reason, actor=_DEMO, now=now
        )
    return len(_SESSIONS)


def _plan(db: Session, planned_session: _PlannedSession, people: dict[str, str], now: Utc) -> None:
    starts = _start_time(planned_session, now)
    ends = Utc.of(starts + timedelta(hours=2))
    new = NewCourseSession(
        course_id=planned_session.course,
        site_id=SITE_ID,
        starts_at=starts,
        ends_at=ends,
        places=planned_session.places,
        theme=translate_optional(planned_session.theme),
        trainer_id=people[KARIM],
    )
    key = course_sessions.create(db, new, actor=_DEMO, now=now).id
    for name, outcome in planned_session.people.items():
        if outcome is None:
            enrolments.enrol(db, key, people[name], actor=_DEMO, now=now)
        else:
            new_outcome = NewOutcome(outcome=outcome)
            enrolments.set_outcome(
                db, key, people[name], new_outcome, actor=_DEMO, now=min(ends, now)
            )
    if planned_session.off:
        course_sessions.cancel(db, key, translate(planned_session.off), actor=_DEMO, now=now)
    elif planned_session.days < 0:
        certify_passed.certify(db, key, actor=_DEMO, now=ends)


def _start_time(planned_session: _PlannedSession, now: Utc) -> Utc:
    if planned_session.hour is None:
        return Utc.of(now - timedelta(hours=2, minutes=30))
    day = on_open_day(Utc.of(now + timedelta(days=planned_session.days)), 1).astimezone(_ZONE)
    return Utc.of(day.replace(hour=planned_session.hour, minute=30, second=0, microsecond=0))
