"""The open dataset of courses, workshops and events, with attendance if it identifies nobody."""

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from controller.capabilities.opendata.tables import (
    REQUIRED,
    Column,
    Dataset,
    Row,
    Table,
    TableScope,
)
from controller.capabilities.training.attendance import took_part
from controller.capabilities.training.models import (
    CertificationRow,
    CourseRow,
    CourseSessionKind,
    CourseSessionPast,
    CourseSessionRow,
    EnrolmentRow,
)
from controller.domain.disclosure.suppression import THRESHOLD
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.read_memo import memoise


@dataclass(frozen=True, slots=True)
class HeldSession:
    """A course session that took place, with its course's name and number of participants."""

    session: CourseSessionRow
    course: str
    theme: str | None
    """The theme, if it is the name of a course or certification; others may name somebody."""
    attendance: int


def collect(scope: TableScope) -> Table:
    """Return a row for each session of a month, and a row for their total."""
    sessions = held_sessions(scope)
    all_are_published = all(session.attendance >= THRESHOLD for session in sessions)
    rows = [
        _row(scope, session, session.attendance if all_are_published else None)
        for session in sessions
    ]
    total = attendance_total(sessions)
    hidden = 0 if all_are_published else len(sessions)
    if sessions:
        rows.append(_total_row(scope, sessions, total))
        hidden += total is None
    return Table(rows, hidden)


def held_sessions(scope: TableScope) -> list[HeldSession]:
    """Return the sessions that took place in the month, by their start."""
    return memoise(
        scope.db, ("held sessions", scope.site.id, scope.month), lambda: _held_sessions(scope)
    )


def _held_sessions(scope: TableScope) -> list[HeldSession]:
    start, end = scope.span
    rows = scope.db.execute(
        select(CourseSessionRow, CourseRow.name)
        .outerjoin(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .where(
            CourseSessionRow.site_id == scope.site.id,
            CourseSessionRow.starts_at >= start,
            CourseSessionRow.starts_at < end,
            CourseSessionRow.ends_at <= scope.now,
            CourseSessionRow.cancelled_at.is_(None),
        )
        .order_by(CourseSessionRow.starts_at, CourseSessionRow.id)
    ).all()
    names = _listed_names(scope)
    attendance = _attendance(scope, [row[0].id for row in rows])
    return [
        HeldSession(
            session,
            scope.read(name) if name else "",
            session.theme if _normalise(session.theme or "") in names else None,
            attendance.get(session.id, 0) + (session.headcount or 0),
        )
        for session, name in rows
    ]


def _listed_names(scope: TableScope) -> set[str]:
    """Return the names of the courses and certifications at the site, which managers write."""
    names = (
        scope.db.scalars(select(model.name).where(model.site_id == scope.site.id))
        for model in (CourseRow, CertificationRow)
    )
    return {_normalise(text) for name in itertools.chain(*names) for text in name.values() if text}


def _normalise(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def attendance_total(sessions: Sequence[HeldSession]) -> int | None:
    """Return the total attendance of the sessions; None if it would reveal that of one session.

    With the numbers of seats, the total must leave at least eleven possible values for each
    session's attendance (or as many as its seats allow).
    """
    total = sum(session.attendance for session in sessions)
    if total < THRESHOLD:
        return None
    if all(session.attendance >= THRESHOLD for session in sessions):
        return total
    places = [
        total if session.session.places is None else session.session.places for session in sessions
    ]
    for seats in places:
        lowest = max(0, total - (sum(places) - seats))
        if min(seats, total) - lowest + 1 < min(THRESHOLD, seats + 1):
            return None
    return total


def _attendance(scope: TableScope, sessions: Sequence[str]) -> dict[str, int]:
    """Return the number of participants by session, including erased ones."""
    attended = (
        select(EnrolmentRow.session_id, func.count())
        .where(EnrolmentRow.session_id.in_(sessions), took_part())
        .group_by(EnrolmentRow.session_id)
    )
    attendance = dict(scope.db.execute(attended).all())
    past = select(CourseSessionPast.session_id, CourseSessionPast.attended)
    for key, count in scope.db.execute(past.where(CourseSessionPast.session_id.in_(sessions))):
        attendance[key] = attendance.get(key, 0) + count
    return attendance


def minutes_of(session: CourseSessionRow) -> int:
    """Return how long a session was taught, in minutes."""
    lasted = (session.ends_at - session.starts_at).total_seconds()
    return session.minutes if session.minutes is not None else round(lasted / 60)


def _row(scope: TableScope, session: HeldSession, attendance: int | None) -> Row:
    return DATASET.row(
        mois=scope.month,
        ligne="seance",
        debut=Utc.of(session.session.starts_at)
        .astimezone(scope.zone)
        .isoformat(timespec="minutes"),
        genre=session.session.kind.value,
        formation=session.course or None,
        theme=session.theme,
        minutes=minutes_of(session.session),
        places=_published_places(session.session.places),
        seances=1,
        venus=attendance,
    )


def _published_places(places: int | None) -> int | None:
    """Return the number of seats; None if it alone would reveal the attendance to within eleven."""
    return places if places is not None and places >= THRESHOLD - 1 else None


def _total_row(scope: TableScope, sessions: Sequence[HeldSession], total: int | None) -> Row:
    return DATASET.row(
        mois=scope.month,
        ligne="ensemble",
        minutes=sum(minutes_of(session.session) for session in sessions),
        seances=len(sessions),
        venus=total,
    )


DATASET = Dataset(
    id="formations",
    name=N_("Courses held"),
    description=N_(
        "Each session: theme, length, places. As soon as one session had fewer than eleven "
        "people, attendance is given only for the month as a whole."
    ),
    withheld_reasons=(
        (
            N_("The theme of a session"),
            N_("It was typed by hand, and names no course or certification: it may name somebody."),
        ),
        (
            N_("How many people came to each session"),
            N_("A session of fewer than eleven people: somebody could be identified."),
        ),
    ),
    collect=collect,
    columns=(
        Column("mois", "Mois", "yearmonth", REQUIRED),
        Column(
            "ligne",
            "Une séance, ou l’ensemble du mois",
            constraints=REQUIRED | {"enum": ["seance", "ensemble"]},
        ),
        Column("debut", "Début de la séance", "datetime"),
        Column("genre", "Genre", constraints={"enum": [kind.value for kind in CourseSessionKind]}),
        Column("formation", "Formation"),
        Column("theme", "Thème"),
        Column("minutes", "Durée en minutes", "integer", REQUIRED | {"minimum": 0}),
        Column(
            "places",
            "Places offertes ; vide : sans limite, ou moins de dix",
            "integer",
            {"minimum": 0},
        ),
        Column("seances", "Nombre de séances", "integer", REQUIRED | {"minimum": 1}),
        Column("venus", "Personnes venues ; vide : masqué", "integer", {"minimum": THRESHOLD}),
    ),
)
