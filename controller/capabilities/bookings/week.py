"""A week's plan of zones and machines: bookings, and use by courses."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.agents import is_online
from controller.capabilities.agents.models import AgentState
from controller.capabilities.bookings.in_courses import course_uses
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Name, PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.policy.reading import from_json

_Machine = Row[str, dict[str, Any], str, str | None, bool, bool, str | None]
SLOT_LIMIT = 2000
"""Maximum number of bookings of a week that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookableThing:
    """A machine, or a zone without machines (a room, or its desks), that can be booked."""

    id: str
    is_machine: bool
    name: Name
    icon: str
    zone: str | None
    places: int = 1
    """How many bookings may overlap."""
    desks: int | None = None
    capacity: int | None = None
    out_of_service: str | None = None
    """Why it is out of service; empty if no reason was given; None if it is in service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time for which something is booked or used by a course."""

    thing: str
    starts_at: Utc
    ends_at: Utc
    booking: str | None = None
    member_name: str | None = None
    """The member's name; only for that member and those who may read members."""
    member_id: str | None = None
    """The member's id; only for those who may read members."""
    is_own: bool = False
    may_cancel: bool = False
    course: Name | None = None
    session: str | None = None
    """The id of the course session that uses it."""
    missed_at: Utc | None = None

    @property
    def is_released(self) -> bool:
        """Whether the rest of its time is free again, because the member did not come."""
        return self.missed_at is not None and self.missed_at < self.ends_at


def bookable_things(db: Session, site_id: str) -> list[BookableThing]:
    """Return everything that can be booked at a site: machines by id, then zones without
    machines."""
    machines = db.execute(
        select(
            AccessPointRow.id,
            AccessPointRow.name,
            AccessPointRow.icon,
            AccessPointRow.zone_id,
            AccessPointRow.in_service,
            AccessPointRow.commissioned,
            AccessPointRow.service_reason,
        )
        .where(AccessPointRow.site_id == site_id, AccessPointRow.kind == PointKind.MACHINE)
        .order_by(AccessPointRow.id)
    ).all()
    zones_with_machines = {machine.zone_id for machine in machines}
    zones = db.scalars(select(ZoneRow).where(ZoneRow.site_id == site_id).order_by(ZoneRow.id))
    return [
        *(_machine(machine) for machine in machines),
        *(_room(zone) for zone in zones if zone.id not in zones_with_machines),
    ]


def _machine(row: _Machine) -> BookableThing:
    return BookableThing(
        id=row.id,
        is_machine=True,
        name=from_json(row.name, Name),
        icon=row.icon,
        zone=row.zone_id,
        out_of_service=None if row.in_service and row.commissioned else row.service_reason or "",
    )


def _room(row: ZoneRow) -> BookableThing:
    return BookableThing(
        id=row.id,
        is_machine=False,
        name=from_json(row.name, Name),
        icon="door-closed",
        zone=None,
        places=row.desks or 1,
        desks=row.desks,
        capacity=row.capacity,
    )


def booked_slots(db: Session, site_id: str, since: Utc, until: Utc, *, actor: Actor) -> list[Slot]:
    """Return the slots that overlap [since, until), by start. Raises Forbidden."""
    actor.require(Permission.RULES_READ, site_id)
    all_slots = [
        *_bookings(db, site_id, since, until, actor),
        *(
            Slot(
                thing=course.access_point,
                starts_at=course.starts_at,
                ends_at=course.ends_at,
                course=course.name,
                session=course.session,
            )
            for course in course_uses(db, site_id, since, until)
        ),
    ]
    return sorted(all_slots, key=lambda slot: slot.starts_at)


def _bookings(db: Session, site_id: str, since: Utc, until: Utc, actor: Actor) -> Sequence[Slot]:
    may_read_names = actor.may(Permission.MEMBERS_READ, site_id)
    may_cancel_all = actor.may(Permission.MEMBERS_WRITE, site_id)
    may_see_own = actor.may(Permission.OWN_WRITE, site_id)
    statement = (
        select(
            BookingRow.id,
            BookingRow.member_id,
            BookingRow.access_point_id,
            BookingRow.zone_id,
            BookingRow.starts_at,
            BookingRow.ends_at,
            BookingRow.closed_at,
            BookingRow.missed_at,
            MemberRow.display_name,
        )
        .join(MemberRow, MemberRow.id == BookingRow.member_id)
        .where(
            BookingRow.site_id == site_id,
            BookingRow.cancelled_at.is_(None),
            BookingRow.starts_at < until,
            BookingRow.ends_at > since,
        )
        .order_by(BookingRow.starts_at)
        .limit(SLOT_LIMIT)
    )
    booked = []
    for row in db.execute(statement):
        is_own = row.member_id == actor.member_id
        booked.append(
            Slot(
                thing=row.access_point_id or row.zone_id or "",
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                booking=row.id,
                member_name=row.display_name if is_own or may_read_names else None,
                member_id=row.member_id if may_read_names else None,
                is_own=is_own,
                may_cancel=row.closed_at is None and (may_cancel_all or (is_own and may_see_own)),
                missed_at=row.missed_at,
            )
        )
    return booked


def taken_spans(
    db: Session, bookable: BookableThing, site_id: str, since: Utc, until: Utc
) -> list[tuple[Utc, Utc]]:
    """Return the times at which this machine or zone is booked or used by a course."""
    is_same_thing = or_(
        BookingRow.access_point_id == bookable.id, BookingRow.zone_id == bookable.id
    )
    statement = select(BookingRow.starts_at, BookingRow.ends_at).where(
        BookingRow.site_id == site_id,
        is_same_thing,
        BookingRow.closed_at.is_(None),
        BookingRow.starts_at < until,
        BookingRow.ends_at > since,
    )
    courses = course_uses(db, site_id, since, until)
    return [
        *((start, end) for start, end in db.execute(statement)),
        *(
            (course.starts_at, course.ends_at)
            for course in courses
            if course.access_point == bookable.id
        ),
    ]


def busiest_time(db: Session, zone_id: str, now: Utc) -> tuple[int, Utc]:
    """Return how many bookings of a zone overlap at most from now on, and when for the first
    time."""
    statement = select(BookingRow.starts_at, BookingRow.ends_at).where(
        BookingRow.zone_id == zone_id, BookingRow.closed_at.is_(None), BookingRow.ends_at > now
    )
    spans = sorted((start, end) for start, end in db.execute(statement))
    # the largest number occurs at the start of one of them
    counts = [(sum(a <= at < b for a, b in spans), at) for at, _end in spans]
    return max(counts, key=itemgetter(0), default=(0, now))


def machines_in_use(db: Session, site_id: str) -> dict[str, Utc]:
    """Return the ids of machines that are running, as last reported by their agents, and since
    when they are in use."""
    running = (
        select(
            SessionRow.access_point_id,
            func.coalesce(SessionRow.started_at, PointStateRow.since, PointStateRow.received_at),
        )
        .join(PointStateRow, PointStateRow.session_id == SessionRow.id)
        .where(
            SessionRow.site_id == site_id,
            SessionRow.ended_at.is_(None),
            SessionRow.state == "running",
        )
    )
    return {point: since for point, since in db.execute(running.limit(SLOT_LIMIT)) if point}


def silent_machines(db: Session, site_id: str, now: Utc) -> frozenset[str]:
    """Return the ids of machines whose box is offline."""
    machines = (AccessPointRow.site_id == site_id) & (AccessPointRow.kind == PointKind.MACHINE)
    agents = select(AccessPointRow.agent_id).where(machines)
    states = db.scalars(select(AgentState).where(AgentState.agent_id.in_(agents)))
    online = {state.agent_id for state in states if is_online(state, now)}
    rows = db.execute(select(AccessPointRow.id, AccessPointRow.agent_id).where(machines))
    return frozenset(point for point, agent in rows if agent not in online)
