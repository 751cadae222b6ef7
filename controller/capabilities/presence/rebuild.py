"""Rebuilds presence from door events; entries made by the desk stay."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from controller.capabilities.groups.models import GroupRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence import presence
from controller.capabilities.presence.models import PresenceRow
from controller.domain.time import Utc
from controller.kernel.journal import EventRow
from controller.kernel.journal_where import IS_SKEWED, by_id_time, moment
from controller.kernel.merged_events import with_merged_members
from controller.kernel.projections import Difference, Projection, StoredEvent, decoded_events
from controller.wire.events import DoorOpened
from controller.wire.ids import uuid7

_TABLE = PresenceRow.__tablename__


@dataclass(frozen=True, slots=True)
class _Move:
    """A person's newest move according to door events."""

    site: str
    zone: str | None
    heads: int
    at: Utc


def rebuild_presence(db: Session, now: Utc) -> list[Difference]:
    """Correct who is in, according to door events; return the differences. The caller commits.

    Skips sites with an evacuation, so that its roll stays as it was.
    """
    newest = _newest_moves(db, now)
    rows = {row.member_ref: row for row in db.scalars(select(PresenceRow)) if row.member_ref}
    differences = [_correct(db, ref, rows.get(ref), move, now) for ref, move in newest.items()]
    differences += [_without_event(db, row, now) for ref, row in rows.items() if ref not in newest]
    db.flush()
    return sorted(
        (difference for difference in differences if difference),
        key=lambda difference: difference.key,
    )


def _correct(
    db: Session, ref: str, row: PresenceRow | None, move: _Move, now: Utc
) -> Difference | None:
    if presence.is_frozen(db, move.site) or (row is not None and _agrees(row, move, now)):
        return None
    new = row or PresenceRow(
        id=uuid7(),
        site_id=move.site,
        zone_id=None,
        member_ref=ref,
        label=None,
        heads=0,
        moved_at=move.at,
        learnt_at=None,
        until=None,
        by_desk=False,
    )
    before = (new.zone_id, new.moved_at)
    db.add(new)
    presence.set_presence(
        db, new, move.site, move.zone, heads=move.heads, at=move.at, now=now, by_desk=False
    )
    pairs = zip(("zone_id", "moved_at"), before, (new.zone_id, new.moved_at), strict=True)
    changes = ", ".join(name for name, old, now_is in pairs if old != now_is)
    if row is None and changes:
        changes = "missing"
    return Difference(_TABLE, ref, changes) if changes else None


def _agrees(row: PresenceRow, move: _Move, now: Utc) -> bool:
    """Return whether the row agrees with the move, or the desk has entered something later."""
    if row.by_desk and row.moved_at >= move.at:
        return True
    is_same = (row.zone_id, row.moved_at) == (move.zone, move.at)
    return is_same and (row.until is None or row.until > now)


def _without_event(db: Session, row: PresenceRow, now: Utc) -> Difference | None:
    """Remove a presence that neither a door nor the desk has reported."""
    is_known = row.by_desk or row.zone_id is None or row.moved_at < _start(now)
    if is_known or presence.is_frozen(db, row.site_id):
        return None
    db.delete(row)
    return Difference(_TABLE, row.member_ref or "", "should not be there")


def _newest_moves(db: Session, now: Utc) -> dict[str, _Move]:
    """Return the newest valid move of each member reference, from door events."""
    zones = set(db.scalars(select(ZoneRow.id)))
    newest: dict[str, tuple[Utc, str, _Move]] = {}
    for stored_event in _door_events(db, now):
        event = stored_event.event
        if not isinstance(event, DoorOpened) or event.member is None:
            continue
        if not moves_person(db, stored_event, event):
            continue
        if presence.is_disregarded(db, stored_event.site, stored_event.best_time):
            continue
        zone = event.zone if event.zone in zones else None
        move = _Move(stored_event.site, zone, event.headcount, stored_event.best_time)
        last = newest.get(event.member)
        if last is None or (stored_event.best_time, stored_event.order) >= last[:2]:
            newest[event.member] = (stored_event.best_time, stored_event.order, move)
    return {ref: move for ref, (_, _, move) in newest.items()}


def _door_events(db: Session, now: Utc) -> Iterator[StoredEvent]:
    since = _start(now)
    with_body = (EventRow.type == "door_opened", EventRow.body.is_not(None), moment >= since)
    for where in (by_id_time(since, None), IS_SKEWED):
        rows = db.scalars(select(EventRow).where(*with_body, where))
        yield from with_merged_members(db, [event for row in rows for event in decoded_events(row)])


def _start(now: Utc) -> Utc:
    return Utc.of(now - presence.DEPARTURE_KEPT_FOR)


PROJECTION = Projection(correct=rebuild_presence)

# Presence changes only when somebody known at the site passes a door into one of its own zones.


def moves_person(db: Session, stored_event: StoredEvent, event: DoorOpened) -> bool:
    """Return whether the event moves somebody: agents report their own doors only (ADR 0200)."""
    if event.member is None or event.access_point is None:
        return False
    door = db.get(AccessPointRow, event.access_point)
    into = event.zone or event.from_zone
    if door is None or into is None or into not in (door.zone_id, door.from_zone_id):
        return False
    member = exists().where(MemberRow.ref == event.member, known_at([stored_event.site]))
    group = exists().where(GroupRow.ref == event.member, GroupRow.site_id == stored_event.site)
    return bool(db.scalar(select(member | group)))
