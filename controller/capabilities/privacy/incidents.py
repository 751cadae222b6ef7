"""Search after an incident: who passed a door or used a machine within at most 24 hours.

Two people have to agree on each search.
"""

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.journal.traces import event_fields
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.privacy.models import IncidentRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Forbidden, Invalid
from controller.kernel.journal import EventRow
from controller.kernel.journal_where import IS_SKEWED, by_id_time, moment, number_of
from controller.kernel.mapping import to_shape
from controller.kernel.names import members_of
from controller.kernel.paging import FIRST, Cursor, Page, without_index
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, get_or_404, visible
from controller.kernel.shapes import Note, Shape, Slug
from controller.wire.ids import uuid7

MAX_PERIOD = timedelta(hours=24)
CONFIRMATION_PERIOD = timedelta(hours=48)
"""How long a search waits for confirmation by a second person."""
READING_PERIOD = timedelta(hours=24)
"""How long the results can be read after the confirmation."""
SHORTEST_REASON = 15
"""Minimum length of the reason, in characters, so that one word is not enough."""
_PASSED = {
    PointKind.DOOR: ("access_granted", "door_opened", "guest_admitted", "access_denied"),
    PointKind.MACHINE: ("access_denied",),
}
"""Events that are listed; sessions show who used a machine."""


class NewIncident(Shape, frozen=True, kw_only=True):
    """A request for a search: the door or machine, the time, and the reason."""

    access_point: Slug
    since: Utc
    until: Utc
    reason: Note


class Incident(Shape, frozen=True, kw_only=True):
    """A search. `state` is `asked`, then `refused`, or `open` until it is `expired`."""

    id: str
    site_id: Slug
    access_point: Slug
    since: Utc
    until: Utc
    reason: str | None
    state: str
    asked_by: str
    asked_at: Utc
    confirmed_by: str | None
    confirmed_at: Utc | None
    expires_at: Utc
    refused_by: str | None = None
    refused_at: Utc | None = None


class Passage(Shape, frozen=True, kw_only=True):
    """A person at the door or the machine. Without a member: a group, or somebody unknown.

    Erased members are left out.
    """

    at: Utc
    what: str
    """`access_granted`, `door_opened`, `guest_admitted`, `access_denied` or `machine_used`."""
    member_id: str | None
    name: str | None
    heads: int
    until: Utc | None = None
    """When a machine's use ended; null: still in use, or not a use."""


def create(db: Session, new: NewIncident, *, actor: Actor, now: Utc) -> Incident:
    """Request a search. Raises Invalid, Forbidden."""
    account = _person(actor)
    point = db.get(AccessPointRow, new.access_point)
    if point is None or not actor.may(Permission.INCIDENTS, point.site_id):
        raise Invalid.of("access_point", f"no door or machine {new.access_point}")
    _check(new, now)
    row = IncidentRow(
        id=uuid7(),
        site_id=point.site_id,
        access_point_id=point.id,
        since=new.since,
        until=new.until,
        reason=new.reason,
        asked_by=account,
        asked_at=now,
        confirmed_by=None,
        confirmed_at=None,
        refused_by=None,
        refused_at=None,
        expires_at=Utc.of(now + CONFIRMATION_PERIOD),
    )
    db.add(row)
    _record(db, row, "incident_asked", actor, now)
    return _shape(row, now)


def get(db: Session, incident_id: str, *, actor: Actor, now: Utc) -> Incident:
    """Return one search, without its results. Raises NotFound."""
    return _shape(_visible(db, incident_id, actor), now)


def page(db: Session, *, actor: Actor, now: Utc, cursor: Cursor = FIRST) -> Page[Incident]:
    """Return a page of the searches of the actor's sites, without their results."""
    actor.require_anywhere(Permission.INCIDENTS)
    at_actors_sites = at_sites(IncidentRow.site_id, actor.sites(Permission.INCIDENTS))
    statement = select(IncidentRow).where(at_actors_sites)
    key = IncidentRow.id
    return paged(db, statement, key, cursor, lambda rows: [_shape(row, now) for row in rows])


def newest(db: Session, site_id: str, limit: int, *, actor: Actor, now: Utc) -> list[Incident]:
    """Return the last searches of a site, without their results. Raises Forbidden."""
    actor.require(Permission.INCIDENTS, site_id)
    of_site = select(IncidentRow).where(IncidentRow.site_id == site_id)
    rows = db.scalars(of_site.order_by(IncidentRow.id.desc()).limit(limit))
    return [_shape(row, now) for row in rows]


def confirm(db: Session, incident_id: str, *, actor: Actor, now: Utc) -> Incident:
    """Confirm a search as the second person. Raises NotFound, Conflict, Forbidden."""
    row, account = _undecided(db, incident_id, actor, now)
    row.confirmed_by, row.confirmed_at = account, now
    row.expires_at = Utc.of(now + READING_PERIOD)
    _record(db, row, "incident_confirmed", actor, now)
    return _shape(row, now)


def refuse(db: Session, incident_id: str, *, actor: Actor, now: Utc) -> Incident:
    """Reject a search as the second person. Raises as `confirm` does.

    It can be requested again; both requests are in the audit.
    """
    row, account = _undecided(db, incident_id, actor, now)
    row.refused_by, row.refused_at = account, now
    _record(db, row, "incident_refused", actor, now)
    return _shape(row, now)


def _undecided(db: Session, incident_id: str, actor: Actor, now: Utc) -> tuple[IncidentRow, str]:
    """Return an undecided search and the actor's account, if the actor may be its second person."""
    account = _person(actor)
    row = _visible(db, incident_id, actor, lock=True)
    if _is_same(db, row.asked_by, actor):
        raise Forbidden("somebody other than the person who asked must decide on a search")
    if row.confirmed_by is not None or row.refused_by is not None or row.expires_at <= now:
        raise Conflict("this search was already decided, or has expired")
    return row, account


def passages(db: Session, incident_id: str, *, actor: Actor, now: Utc) -> list[Passage]:
    """Return who was at the door or machine; only for the two people of the search.

    The results are not stored. Raises NotFound, Forbidden, and Conflict unless the search is
    confirmed and has not expired. The caller then calls `record_read` in a write transaction.
    """
    row = _visible(db, incident_id, actor)
    _check_readable(row, actor, now)
    kind = db.get_one(AccessPointRow, row.access_point_id).kind
    all_passages = _taps(db, row, _PASSED[kind])
    if kind is PointKind.MACHINE:
        all_passages += _uses(db, row)
    return sorted(all_passages, key=lambda passage: passage.at)


def _taps(db: Session, row: IncidentRow, types: tuple[str, ...]) -> list[Passage]:
    # Most events are found by the index of ids, which contain the time. Events of an agent with a
    # wrong clock are looked up separately.
    point = number_of(row.access_point_id)
    passed = select(EventRow).where(
        without_index(EventRow.site_no) == number_of(row.site_id),
        EventRow.type.in_(types),
        EventRow.body.is_not(None),
        moment >= row.since,
        moment < row.until,
    )
    rows = [
        *db.scalars(passed.where(EventRow.point_no == point, by_id_time(row.since, row.until))),
        *db.scalars(passed.where(without_index(EventRow.point_no) == point, IS_SKEWED)),
    ]
    rows.sort(key=lambda event: (_event_time(event), event.event_id))
    events = [(event, event_fields(event)) for event in rows]
    people = members_of(db, [_person_ref(fields) for _, fields in events])
    return [_passage(event, fields, people) for event, fields in events]


def _uses(db: Session, row: IncidentRow) -> list[Passage]:
    """Return the uses of the machine that overlap the period."""
    used = select(SessionRow).where(
        SessionRow.access_point_id == row.access_point_id,
        SessionRow.member_ref.is_not(None),
        SessionRow.started_at < row.until,
        or_(SessionRow.ended_at.is_(None), SessionRow.ended_at > row.since),
    )
    rows = db.scalars(used.order_by(SessionRow.started_at)).all()
    people = members_of(db, [session.member_ref for session in rows])
    return [_use(session, session.started_at, people) for session in rows if session.started_at]


def _use(
    session: SessionRow, started_at: Utc, people: dict[str, tuple[str | None, str]]
) -> Passage:
    member, name = people.get(session.member_ref or "", (None, None))
    return Passage(
        at=started_at,
        what="machine_used",
        member_id=member,
        name=name,
        heads=1,
        until=session.ended_at,
    )


def record_read(db: Session, incident_id: str, *, actor: Actor, now: Utc) -> None:
    """Record in the audit that the results of a search were read."""
    _record(db, get_or_404(db, IncidentRow, incident_id, "incident"), "incident_read", actor, now)


def _event_time(row: EventRow) -> Utc:
    return row.at or row.not_after or row.received_at


def _check(new: NewIncident, now: Utc) -> None:
    if not timedelta() < new.until - new.since <= MAX_PERIOD:
        raise Invalid.of("until", "after `since`, by at most 24 hours")
    if new.until > now:
        raise Invalid.of("until", "it is in the future")
    if len(new.reason.strip()) < SHORTEST_REASON:
        raise Invalid.of("reason", f"say what happened, in {SHORTEST_REASON} characters or more")


def _check_readable(row: IncidentRow, actor: Actor, now: Utc) -> None:
    if row.confirmed_by is None:
        raise Conflict("a second person has not confirmed this search yet")
    if row.expires_at <= now:
        raise Conflict("this search has expired; request a new one")
    if _person(actor) not in (row.asked_by, row.confirmed_by):
        raise Forbidden("only the two people who agreed on a search can read its results")


def _person(actor: Actor) -> str:
    """Return the account of the session or token. Raises Forbidden for programs."""
    if actor.account_id is None:
        raise Forbidden("this needs two people with accounts of their own")
    return f"account:{actor.account_id}"


def _is_same(db: Session, asked_by: str, actor: Actor) -> bool:
    asker = db.get(AccountRow, asked_by.partition(":")[2])
    member = asker.member_id if asker is not None else None
    return asked_by == _person(actor) or (member is not None and member == actor.member_id)


def _visible(db: Session, key: str, actor: Actor, *, lock: bool = False) -> IncidentRow:
    row = visible(db, IncidentRow, key, "incident", actor, Permission.INCIDENTS)
    if lock:
        db.refresh(row, with_for_update=True)
    return row


def _person_ref(fields: dict[str, object]) -> str | None:
    """Return the reference of the member, or of the guest in a guest's admission."""
    value = fields.get("member") or fields.get("guest")
    return value if isinstance(value, str) else None


def _passage(
    row: EventRow, fields: dict[str, object], people: dict[str, tuple[str | None, str]]
) -> Passage:
    member, name = people.get(_person_ref(fields) or "", (None, None))
    heads = fields.get("headcount", 1)
    return Passage(
        at=_event_time(row),
        what=row.type,
        member_id=member,
        name=name,
        heads=heads if isinstance(heads, int) else 1,
    )


def _record(db: Session, row: IncidentRow, action: str, actor: Actor, now: Utc) -> None:
    db.flush()
    reason = row.reason if action == "incident_asked" else None
    audit.record(
        db,
        actor,
        now,
        action,
        f"incident:{row.id}",
        row.site_id,
        reason=reason,
        access_point=row.access_point_id,
        since=row.since.text(),
        until=row.until.text(),
    )


def _shape(row: IncidentRow, now: Utc) -> Incident:
    state = "asked" if row.confirmed_by is None else "open"
    state = state if now < row.expires_at else "expired"
    return to_shape(row, Incident, state=state if row.refused_by is None else "refused")
