"""Conditions for finding events, written so that the indexes serve them (docs/decisions/0079)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import TextClause

from controller.domain.time import MAX_CLOCK_LAG, Utc
from controller.kernel.capability import react
from controller.kernel.journal import SKEW_MS, EventRow, JournalName, StreamState
from controller.store.packed_event import UNSHORTENED, id_from, shorten

moment = func.coalesce(EventRow.at, EventRow.not_after, EventRow.received_at)
"""When an event happened; if unknown, the latest possible time."""

# In the words of the partial index; SQLite recognises no others.
IS_SKEWED: TextClause = text("event.skewed")
_NOT_SKEWED = text("NOT event.skewed")


def number_of(name: str) -> ColumnElement[int]:
    """Return a query for the number of a site or access point; null without events."""
    return select(JournalName.no).where(JournalName.name == name).scalar_subquery()


def is_from_agents(agents: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition for events of these agents."""
    return EventRow.stream_no.in_(streams_of(agents))


def streams_of(agents: Iterable[str]) -> Select[int]:
    """Return a query for the numbers of these agents' streams."""
    return select(StreamState.no).where(StreamState.agent_id.in_(list(agents)))


def last_in_time(
    db: Session, agent_id: str, stream: str, seq: int, received_by: Utc | None = None
) -> Utc | None:
    """Return when the last event before this one in its stream that was not late arrived; with
    `received_by`, the last that had arrived by then."""
    has_arrived = true() if received_by is None else EventRow.received_at <= received_by
    of_stream = select(StreamState.no).where(
        StreamState.agent_id == agent_id, StreamState.stream == stream
    )
    return db.scalar(
        select(EventRow.received_at)
        .where(EventRow.stream_no.in_(of_stream), EventRow.seq < seq, EventRow.late.is_(False))
        .where(has_arrived)
        .order_by(EventRow.seq.desc())
        .limit(1)
    )


def by_id_time(since: Utc | None, until: Utc | None) -> ColumnElement[bool]:
    """Return the condition for events between two times, by the times in their ids.

    It matches a few more events, so the exact condition must be added. Events that are `IS_SKEWED`
    are excluded and must be searched separately, with `paging.without_index` for every other
    column that has an index.
    """
    conditions: list[ColumnElement[bool] | TextClause] = [_NOT_SKEWED]
    if since is not None:
        conditions.append(EventRow.id_high >= id_from(since.millis() - SKEW_MS))
    if until is not None:
        conditions.append(EventRow.id_high < id_from(until.millis() + SKEW_MS + 1))
    return and_(*conditions)


def may_contain(db: Session, references: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition for events whose stored bytes may contain any of these references.

    Whether they do must be checked with `raw`.
    """
    short = [shorten(reference.encode()) for reference in references]
    if None in short:  # it would be compressed together with its surroundings
        return EventRow.body.is_not(None)
    is_whole = func.substr(EventRow.body, 1, 1).in_([bytes([byte]) for byte in UNSHORTENED])
    return or_(is_whole, *(_contains(db, prefix) for prefix in short))


def _contains(db: Session, part: bytes | None) -> ColumnElement[bool]:
    if db.get_bind().dialect.name == "sqlite":
        return func.instr(EventRow.body, part) > 0
    return func.position(literal(part, LargeBinary).op("IN")(EventRow.body)) > 0


# Whether events about a person exist since a given time, to find out whether something was used.

OPENED = ("access_granted", "session_started")
"""Types of events which mean that a door or a machine was used."""
SILENCE = timedelta(seconds=45)
"""After how long an agent that still counts as online may be cut off; it reports every 30 s."""


@dataclass(frozen=True, slots=True)
class ArrivalQuestion:
    """The question whether all events since a time have arrived; a reaction raises `NotArrived` if
    some may be missing."""

    since: Utc
    site_id: str | None
    """None: of any site."""
    even_unnoticed: bool = False
    """Whether access points count that may be cut off although nothing has noticed it yet."""


class NotArrived(Exception):
    """Events may be missing, since an access point is cut off."""


def may_be_mentioned(db: Session, member_ref: str, since: Utc) -> bool:
    """Return whether an event that arrived since then names this person, or may still arrive.

    For somebody whose reference is not older: a box's clock may be behind.
    """
    mentioned = is_mentioned(db, member_ref, Utc.of(since - MAX_CLOCK_LAG), arrived_since=since)
    return mentioned or not have_arrived(db, since, even_unnoticed=True)


def have_arrived(
    db: Session, since: Utc, site_id: str | None = None, *, even_unnoticed: bool = False
) -> bool:
    """Return whether every event since then has arrived, as far as is known."""
    try:
        react(db, ArrivalQuestion(since, site_id, even_unnoticed))
    except NotArrived:
        return False
    return True


def is_mentioned(
    db: Session,
    member_ref: str,
    since: Utc,
    *,
    site_id: str | None = None,
    types: Collection[str] = (),
    arrived_since: Utc | None = None,
) -> bool:
    """Return whether an event since then names this person.

    Only of that site (None: any) and of these types (empty: all), and only if it arrived since a
    later time.
    """
    found = mentions(
        db, member_ref, since, site_id=site_id, types=types, arrived_since=arrived_since
    )
    return any(True for _ in found)


def mentions(
    db: Session,
    member_ref: str,
    since: Utc,
    *,
    site_id: str | None = None,
    types: Collection[str] = (),
    arrived_since: Utc | None = None,
) -> Iterator[tuple[Utc, str | None]]:
    """Yield time and access point of the events for `is_mentioned`, in any order."""
    is_at_site = true() if site_id is None else EventRow.site_no == number_of(site_id)
    has_type = EventRow.type.in_(types) if types else true()
    is_new = true() if arrived_since is None else EventRow.received_at >= arrived_since
    ref = member_ref.encode()
    candidates = select(EventRow).where(
        is_at_site, has_type, is_new, moment >= since, may_contain(db, [member_ref])
    )
    for narrowed in (by_id_time(since, None), IS_SKEWED):
        for row in db.scalars(candidates.where(narrowed)):
            if ref in (row.raw or b""):
                yield row.at or row.not_after or row.received_at, row.access_point_id
