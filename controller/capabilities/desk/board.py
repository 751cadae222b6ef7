"""The board of a site's desk: who is in, loans, arrivals, notes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import IS_LENT, CredentialRow
from controller.capabilities.desk.expected_arrivals import ExpectedArrival, expected_arrivals
from controller.capabilities.groups import groups
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence import presence
from controller.capabilities.presence.in_sessions import SessionPresence, in_sessions
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.presence.shapes import Present
from controller.capabilities.user_reports import handover
from controller.capabilities.user_reports.shapes import HandoverNote
from controller.domain.facts import CredentialStatus, Name
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import NotFound
from controller.kernel.names import names_of
from controller.kernel.paging import Cursor, Page, without_index
from controller.policy.reading import from_json

ROW_LIMIT = 300
"""Maximum number of rows of each kind on the board."""
PEOPLE_LIMIT = 50
"""Maximum number of people shown per zone, latest first; further pages show the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A zone with the latest arrivals.

    `heads`: how many people are in; `hidden`: how many rows are not shown.
    """

    id: str
    name: Name
    capacity: int | None
    heads: int
    people: tuple[Present, ...]
    hidden: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskLoan:
    """A lent badge that has to be returned by a member or a group."""

    id: str
    name: str
    ending: str
    since: Utc
    until: Utc | None
    member_id: str | None = None
    group_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A handover note and its author."""

    id: str
    text: str
    by: str
    at: Utc
    expected_at: Utc | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The board of a site's desk."""

    rooms: tuple[Room, ...]
    capacity: int | None
    """Maximum number of people; None if a zone has no limit."""
    needs_help: tuple[tuple[str, str], ...]
    """Name and zone of people present who need help in an evacuation."""
    lent: tuple[DeskLoan, ...]
    groups: tuple[DeskLoan, ...]
    expected: tuple[ExpectedArrival, ...]
    later: int
    """Number of later bookings of today that are not in `expected`."""
    deliveries: tuple[Note, ...]
    """Notes of deliveries that are expected by the end of the day."""
    notes: tuple[Note, ...]
    in_sessions: tuple[SessionPresence, ...]
    """Who is noted as present in a course session, and by no door or desk."""

    @property
    def heads(self) -> int:
        """Return how many people are in."""
        return sum(space.heads for space in self.rooms) + len(self.in_sessions)


def board(db: Session, site_id: str, *, actor: Actor, now: Utc, until: Utc) -> Board:
    """Return the board; `until`: the end of the day. Raises Forbidden."""
    actor.require(Permission.DESK, site_id)
    actor.require(Permission.MEMBERS_READ, site_id)
    rooms = _rooms(db, site_id)
    notes = _notes(db, actor, now)
    expected, later = expected_arrivals(db, site_id, now, until, ROW_LIMIT)
    return Board(
        rooms=rooms,
        capacity=_capacity(rooms),
        needs_help=_needs_help(db, site_id),
        in_sessions=tuple(in_sessions(db, site_id, now)),
        lent=_lent_badges(db, site_id),
        groups=_groups(db, site_id, now),
        expected=expected,
        later=later,
        deliveries=tuple(note for note in notes if note.expected_at and note.expected_at < until),
        notes=tuple(note for note in notes if note.expected_at is None),
    )


def of_member(db: Session, site_id: str, member_id: str, *, actor: Actor) -> Present | None:
    """Return the presence of a member, or None. Raises Forbidden."""
    actor.require(Permission.MEMBERS_READ, site_id)
    row = db.scalar(
        select(PresenceRow)
        .join(MemberRow, MemberRow.ref == PresenceRow.member_ref)
        .where(
            MemberRow.id == member_id,
            PresenceRow.site_id == site_id,
            PresenceRow.zone_id.is_not(None),
        )
    )
    return presence.shapes(db, [row])[0] if row is not None else None


def of_group(db: Session, group_id: str, *, actor: Actor) -> Present | None:
    """Return the presence of a group, or None. Raises NotFound."""
    site_id = groups.get(db, group_id, actor=actor).site_id
    row = db.scalar(
        select(PresenceRow)
        .join(GroupRow, GroupRow.ref == PresenceRow.member_ref)
        .where(GroupRow.id == group_id, PresenceRow.site_id == site_id)
        .where(PresenceRow.zone_id.is_not(None))
    )
    return presence.shapes(db, [row])[0] if row is not None else None


def room(
    db: Session, site_id: str, zone_id: str, *, actor: Actor, cursor: Cursor
) -> tuple[Room, Page[Present]]:
    """Return a zone and a page of the people in it. Raises NotFound, Forbidden."""
    actor.require(Permission.DESK, site_id)
    zone = db.get(ZoneRow, zone_id)
    if zone is None or zone.site_id != site_id:
        raise NotFound("zone", zone_id)
    heads, _people = _zone_counts(db, site_id).get(zone_id, (0, 0))
    people = presence.page(db, actor=actor, zone_id=zone_id, cursor=cursor)
    return _room(zone, heads, tuple(people.items)), people


def overfull(db: Session, site_id: str, zone_id: str) -> Room | None:
    """Return the zone, without its people, if it has more than allowed; else None."""
    zone = db.get(ZoneRow, zone_id)
    heads, number = _zone_counts(db, site_id).get(zone_id, (0, 0))
    if zone is None or zone.capacity is None or heads <= zone.capacity:
        return None
    return _room(zone, heads, (), number)


def _rooms(db: Session, site_id: str) -> tuple[Room, ...]:
    zones = db.scalars(select(ZoneRow).where(ZoneRow.site_id == site_id).order_by(ZoneRow.id)).all()
    zone_counts = _zone_counts(db, site_id)
    people: dict[str, list[Present]] = {}
    for person in _latest(db, site_id):
        people.setdefault(person.zone_id, []).append(person)
    return tuple(
        _room(zone, heads, latest, number - len(latest))
        for zone in zones
        for heads, number in [zone_counts.get(zone.id, (0, 0))]
        for latest in [tuple(people.get(zone.id, ()))]
    )


def _room(zone: ZoneRow, heads: int, people: tuple[Present, ...], hidden: int = 0) -> Room:
    name = from_json(zone.name, Name)
    return Room(
        id=zone.id, name=name, capacity=zone.capacity, heads=heads, people=people, hidden=hidden
    )


def _is_present(site_id: str) -> ColumnElement[bool]:
    return (PresenceRow.site_id == site_id) & PresenceRow.zone_id.is_not(None)


def _zone_counts(db: Session, site_id: str) -> dict[str, tuple[int, int]]:
    """Return the number of people, and of rows (a group has one), in each zone."""
    counts = select(PresenceRow.zone_id, func.sum(PresenceRow.heads), func.count())
    rows = db.execute(counts.where(_is_present(site_id)).group_by(PresenceRow.zone_id))
    return {zone: (int(heads), int(number)) for zone, heads, number in rows if zone}


def _latest(db: Session, site_id: str) -> list[Present]:
    """Return the latest arrivals in each zone, at most `PEOPLE_LIMIT`."""
    latest = PresenceRow.moved_at.desc()
    rank = func.row_number().over(partition_by=PresenceRow.zone_id, order_by=latest)
    query = select(PresenceRow.id, rank.label("rank")).where(_is_present(site_id)).subquery()
    people = select(PresenceRow).join(query, query.c.id == PresenceRow.id)
    rows = db.scalars(people.where(query.c.rank <= PEOPLE_LIMIT).order_by(latest)).all()
    return presence.shapes(db, list(rows))


def _capacity(rooms: Sequence[Room]) -> int | None:
    limits = [space.capacity for space in rooms if space.capacity is not None]
    return sum(limits) if rooms and len(limits) == len(rooms) else None


def _needs_help(db: Session, site_id: str) -> tuple[tuple[str, str], ...]:
    # Looked up for each person present: they are few, and `needs_help` has no index.
    name = select(MemberRow.display_name).where(
        MemberRow.ref == PresenceRow.member_ref, MemberRow.needs_help
    )
    inside = select(PresenceRow.zone_id, name.scalar_subquery().label("name"))
    present = inside.where(_is_present(site_id)).subquery()
    names = select(present.c.name, present.c.zone_id).where(present.c.name.is_not(None))
    rows = db.execute(names.order_by(present.c.name).limit(ROW_LIMIT))
    return tuple((name, zone or "") for name, zone in rows)


def _lent_badges(db: Session, site_id: str) -> tuple[DeskLoan, ...]:
    badge = CredentialRow
    columns = (badge.id, badge.masked, badge.created_at, badge.valid_until, badge.member_id)
    rows = db.execute(
        select(*columns, MemberRow.display_name)
        .join(MemberRow, MemberRow.id == CredentialRow.member_id)
        # Few badges are lent, but many members belong to this site.
        .where(without_index(MemberRow.site_id) == site_id, IS_LENT)
        .where(CredentialRow.status != CredentialStatus.LOST)
        .order_by(CredentialRow.created_at)
        .limit(ROW_LIMIT)
    )
    return tuple(
        DeskLoan(
            id=row.id,
            name=row.display_name,
            ending=row.masked[-4:],
            since=row.created_at,
            until=row.valid_until,
            member_id=row.member_id,
        )
        for row in rows
    )


def _groups(db: Session, site_id: str, now: Utc) -> tuple[DeskLoan, ...]:
    """Return groups: those with a badge until it is returned, others until they leave."""
    has_left = (
        select(PresenceRow.id)
        .where(PresenceRow.member_ref == GroupRow.ref, PresenceRow.zone_id.is_(None))
        .exists()
    )
    rows = db.execute(
        select(GroupRow, CredentialRow.masked)
        .outerjoin(CredentialRow, CredentialRow.group_id == GroupRow.id)
        .where(GroupRow.site_id == site_id, GroupRow.ended_at.is_(None))
        .where(((GroupRow.ends_at > now) & ~has_left) | CredentialRow.id.is_not(None))
        .order_by(GroupRow.created_at)
        .limit(ROW_LIMIT)
    )
    return tuple(
        DeskLoan(
            id=row.id,
            name=row.name,
            ending=masked[-4:] if masked else "",
            since=row.created_at,
            until=row.ends_at,
            group_id=row.id,
        )
        for row, masked in rows
    )


def _notes(db: Session, actor: Actor, now: Utc) -> tuple[Note, ...]:
    cursor = Cursor(limit=ROW_LIMIT)
    notes: Sequence[HandoverNote] = handover.page(
        db, actor=actor, now=now, current=True, cursor=cursor
    ).items
    names = names_of(db, [note.created_by for note in notes])
    return tuple(
        Note(
            id=note.id,
            text=note.text,
            by=names.get(note.created_by, note.created_by),
            at=note.created_at,
            expected_at=note.expected_at,
        )
        for note in notes
    )
