"""The open dataset of courses, workshops and events, with attendance where it identifies nobody."""

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
    CourseRow,
    CourseSessionKind,
    CourseSessionPast,
    CourseSessionRow,
    EnrolmentRow,
)
from controller.domain.disclosure.suppression import THRESHOLD
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc


@dataclass(frozen=True, slots=True)
class HeldSession:
    """A course session that took place, its course's name, and how many people came."""

    session: CourseSessionRow
    course: str
    came: int


def collect(at: TableScope) -> Table:
    """Return a row for each session of a month, and a row for all of them together."""
    found = held_sessions(at)
    each_is_told = all(one.came >= THRESHOLD for one in found)
    rows = [_row(at, one, one.came if each_is_told else None) for one in found]
    total = attendance_total(found)
    hidden = 0 if each_is_told else len(found)
    if found:
        rows.append(_all(at, found, total))
        hidden += total is None
    return Table(rows, hidden)


def held_sessions(at: TableScope) -> list[HeldSession]:
    """Return the sessions that took place in the month, by their start."""
    start, end = at.span
    rows = at.db.execute(
        select(CourseSessionRow, CourseRow.name)
        .outerjoin(CourseRow, CourseRow.id == CourseSessionRow.course_id)
        .where(
            CourseSessionRow.site_id == at.site.id,
            CourseSessionRow.starts_at >= start,
            CourseSessionRow.starts_at < end,
            CourseSessionRow.ends_at <= at.now,
            CourseSessionRow.cancelled_at.is_(None),
        )
        .order_by(CourseSessionRow.starts_at, CourseSessionRow.id)
    ).all()
    came = _came(at, [row[0].id for row in rows])
    return [
        HeldSession(
            session,
            at.read(name) if name else "",
            came.get(session.id, 0) + (session.headcount or 0),
        )
        for session, name in rows
    ]


def attendance_total(found: Sequence[HeldSession]) -> int | None:
    """Return the total attendance of the sessions; None if it would reveal that of one session.

    It is returned only if from the total and the numbers of seats nobody can narrow down the
    attendance of a session to fewer than eleven values (or fewer than its seats allow).
    """
    total = sum(one.came for one in found)
    if total < THRESHOLD:
        return None
    if all(one.came >= THRESHOLD for one in found):
        return total
    places = [total if one.session.places is None else one.session.places for one in found]
    for most in places:
        lowest = max(0, total - (sum(places) - most))
        if min(most, total) - lowest + 1 < min(THRESHOLD, most + 1):
            return None
    return total


def _came(at: TableScope, sessions: Sequence[str]) -> dict[str, int]:
    counted = (
        select(EnrolmentRow.session_id, func.count())
        .where(EnrolmentRow.session_id.in_(sessions), took_part())
        .group_by(EnrolmentRow.session_id)
    )
    came = dict(at.db.execute(counted).all())
    past = select(CourseSessionPast.session_id, CourseSessionPast.attended)
    for key, count in at.db.execute(past.where(CourseSessionPast.session_id.in_(sessions))):
        came[key] = came.get(key, 0) + count
    return came


def minutes_of(session: CourseSessionRow) -> int:
    """Return how long a session was taught, in minutes."""
    lasted = (session.ends_at - session.starts_at).total_seconds()
    return session.minutes if session.minutes is not None else round(lasted / 60)


def _row(at: TableScope, one: HeldSession, came: int | None) -> Row:
    return DATASET.row(
        mois=at.month,
        ligne="seance",
        debut=Utc.of(one.session.starts_at).astimezone(at.zone).isoformat(timespec="minutes"),
        genre=one.session.kind.value,
        formation=one.course or None,
        theme=one.session.theme,
        minutes=minutes_of(one.session),
        places=_told(one.session.places),
        seances=1,
        venus=came,
    )


def _told(places: int | None) -> int | None:
    """Return the number of seats; None if it alone would reveal how many came to within eleven."""
    return places if places is not None and places >= THRESHOLD - 1 else None


def _all(at: TableScope, found: Sequence[HeldSession], total: int | None) -> Row:
    return DATASET.row(
        mois=at.month,
        ligne="ensemble",
        minutes=sum(minutes_of(one.session) for one in found),
        seances=len(found),
        venus=total,
    )


DATASET = Dataset(
    id="formations",
    name=N_("Courses held"),
    description=N_(
        "Each session: theme, length, places. As soon as one session had fewer than eleven "
        "people, attendance is given only for the month as a whole."
    ),
    kept_back=(
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
