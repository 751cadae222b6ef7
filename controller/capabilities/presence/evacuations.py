"""Evacuations and drills: presence is frozen, and a roll is called."""

from collections.abc import Iterable

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from controller.capabilities.groups.models import GroupRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence.changes import EvacuationNews
from controller.capabilities.presence.in_sessions import in_sessions
from controller.capabilities.presence.models import (
    EvacuationKind,
    EvacuationRow,
    PresenceRow,
    RollLine,
)
from controller.capabilities.presence.presence import is_frozen
from controller.capabilities.presence.shapes import (
    EndEvacuation,
    Evacuation,
    NewEvacuation,
    NewRollEntry,
    RollEntry,
)
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.models import AuditEntry
from controller.kernel.names import members_of
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, MAX_LIMIT, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.privacy.names import fold
from controller.kernel.rows import at_sites, resolve_site, visible
from controller.kernel.validate import several_lines
from controller.wire.ids import uuid7

_CURRENT = (
    select(EvacuationRow)
    .where(EvacuationRow.site_id == bindparam("site"), EvacuationRow.ended_at.is_(None))
    .order_by(EvacuationRow.id)
    .limit(1)
)
"""The site's evacuation that has not ended; built once, since every page runs it."""
_ENDED = "evacuation_ended"


def start(db: Session, new: NewEvacuation, *, actor: Actor, now: Utc) -> Evacuation:
    """Start an evacuation from the desk. Raises Conflict if one is in progress."""
    site_id = resolve_site(db, actor, Permission.MEMBERS_WRITE, new.site_id)
    if is_frozen(db, site_id):
        raise Conflict("an evacuation is already in progress")
    return shape(_start(db, site_id, new.kind, actor, now))


def start_by_fire(db: Session, site_id: str, agent_id: str, at: Utc) -> None:
    """Start an evacuation after a fire alarm, unless one is in progress."""
    if not is_frozen(db, site_id):
        _start(db, site_id, EvacuationKind.FIRE, Actor(ref=f"agent:{agent_id}"), at)


def get(db: Session, evacuation_id: str, *, actor: Actor) -> Evacuation:
    """Return one evacuation. Raises NotFound."""
    return shape(_visible(db, evacuation_id, actor))


def page(db: Session, *, actor: Actor, cursor: Cursor = FIRST) -> Page[Evacuation]:
    """Return a page of the evacuations at the actor's sites."""
    sites = actor.sites(Permission.LIVE_READ)
    statement = select(EvacuationRow).where(at_sites(EvacuationRow.site_id, sites))
    return paged(db, statement, EvacuationRow.id, cursor, lambda rows: [shape(r) for r in rows])


def evacuations_between(
    db: Session, site_id: str, since: Utc, until: Utc, *, actor: Actor
) -> list[Evacuation]:
    """Return a site's evacuations that began in this time, oldest first, at most 500.

    Raises Forbidden.
    """
    actor.require(Permission.LIVE_READ, site_id)
    evacuations = select(EvacuationRow).where(
        EvacuationRow.site_id == site_id,
        EvacuationRow.started_at >= since,
        EvacuationRow.started_at < until,
    )
    return [
        shape(row) for row in db.scalars(evacuations.order_by(EvacuationRow.id).limit(MAX_LIMIT))
    ]


def count_inside(db: Session, site_id: str, *, actor: Actor, now: Utc) -> tuple[int, int]:
    """Return how many people are in, and how many of them need help. Raises Forbidden."""
    actor.require(Permission.LIVE_READ, site_id)
    inside = (PresenceRow.site_id == site_id) & PresenceRow.zone_id.is_not(None)
    needs_help = inside & (MemberRow.ref == PresenceRow.member_ref) & MemberRow.needs_help
    heads = db.scalar(select(func.sum(PresenceRow.heads)).where(inside))
    helped = db.scalar(select(func.count()).where(needs_help))
    others = in_sessions(db, site_id, now)
    return (
        int(heads or 0) + len(others),
        (helped or 0) + sum(person.needs_help for person in others),
    )


def current_evacuation(db: Session, site_id: str, *, actor: Actor) -> Evacuation | None:
    """Return the site's evacuation or drill in progress, or None. Raises Forbidden."""
    actor.require(Permission.LIVE_READ, site_id)
    row = db.scalar(_CURRENT, {"site": site_id})
    return None if row is None else shape(row)


def roll(db: Session, evacuation_id: str, *, actor: Actor) -> list[RollEntry]:
    """Return everybody who was in, those who need help first; empty after the evacuation."""
    row = _visible(db, evacuation_id, actor)
    actor.require(Permission.MEMBERS_READ, row.site_id)
    lines = db.scalars(select(RollLine).where(RollLine.evacuation_id == row.id)).all()
    entries = _entries(db, lines)
    return sorted(
        entries, key=lambda entry: (not entry.needs_help, entry.zone_id or "", fold(entry.name))
    )


class NameOnRoll(Conflict):
    """The name is on the roll already, in that zone, or by a course session."""

    def __init__(self, zone_id: str | None) -> None:
        super().__init__("this name is on the roll already, in that room or by a session")
        self.zone_id = zone_id


def add_to_roll(
    db: Session, evacuation_id: str, new: NewRollEntry, *, actor: Actor, now: Utc
) -> RollEntry:
    """Add somebody to the roll who was in but not recorded.

    Only the roll changes: presence stays as it was. Raises NotFound, Forbidden, Invalid,
    NameOnRoll; Conflict if the evacuation is over.
    """
    row = _visible(db, evacuation_id, actor)
    actor.require(Permission.MEMBERS_READ, row.site_id)
    zone = db.get(ZoneRow, new.zone_id)
    if zone is None or zone.site_id != row.site_id:
        raise Invalid.of("zone_id", f"no zone {new.zone_id}")
    if row.ended_at is not None:
        raise Conflict("this evacuation is over already")
    is_there = (RollLine.zone_id == zone.id) | RollLine.zone_id.is_(None)
    lines = select(RollLine).where(RollLine.evacuation_id == row.id, is_there)
    zones = {fold(entry.name): entry.zone_id for entry in _entries(db, db.scalars(lines))}
    if fold(new.name) in zones:
        raise NameOnRoll(zones[fold(new.name)])
    line = RollLine(
        id=uuid7(),
        evacuation_id=row.id,
        member_ref=None,
        label=new.name,
        zone_id=zone.id,
        heads=new.heads,
        seen_at=None,
        seen_by=None,
        by_hand=True,
    )
    db.add(line)
    _count(db, row)
    return _entries(db, [line])[0]


def remove_from_roll(
    db: Session, evacuation_id: str, line_id: str, *, actor: Actor, now: Utc
) -> RollEntry:
    """Remove a line that was added to the roll by mistake, and return it.

    Raises NotFound, Forbidden, and Conflict for somebody who was noted as in when it began.
    """
    row, line = _line(db, evacuation_id, line_id, actor)
    if not line.by_hand:
        raise Conflict("they were in when the evacuation began: look for them")
    entry = _entries(db, [line])[0]
    subject, zone = f"evacuation:{row.id}", line.zone_id
    detail = {"zone": zone, "heads": line.heads, "seen": line.seen_heads}
    audit.record(
        db, actor, now, "roll_line_removed", subject, row.site_id, reason=line.label, **detail
    )
    db.delete(line)
    _count(db, row)
    return entry


def mark_present(
    db: Session,
    evacuation_id: str,
    line_id: str,
    *,
    is_seen: bool,
    heads: int | None = None,
    actor: Actor,
    now: Utc,
) -> RollEntry:
    """Tick a person or group as seen at the assembly point, or remove the tick.

    `heads`: how many of a group were seen; None: all. Raises NotFound, Invalid.
    """
    row, line = _line(db, evacuation_id, line_id, actor)
    if heads is not None and not 0 <= heads <= line.heads:
        raise Invalid.of("heads", f"from 0 to {line.heads}")
    line.seen_heads = (line.heads if heads is None else heads) if is_seen else 0
    is_whole = line.seen_heads == line.heads
    line.seen_at, line.seen_by = (line.seen_at or now, actor.ref) if is_whole else (None, None)
    _count(db, row)
    return _entries(db, [line])[0]


def end(
    db: Session, evacuation_id: str, new: EndEvacuation, *, actor: Actor, now: Utc
) -> Evacuation:
    """End an evacuation and delete its roll; date, duration, counts and remarks stay.

    Unless `everyone_back`, all who were in now count as out. Raises NotFound, Forbidden,
    Conflict, Invalid.
    """
    row = _visible(db, evacuation_id, actor)
    actor.require(Permission.MEMBERS_WRITE, row.site_id)
    if row.ended_at is not None:
        raise Conflict("this evacuation is over already")
    if new.by_mistake and row.kind is EvacuationKind.FIRE:
        raise Invalid.of("by_mistake", "nobody started it: for a false alarm, write a remark")
    row.remarks = new.remarks and several_lines("remarks", new.remarks)
    row.by_mistake = new.by_mistake
    row.ended_at, row.everyone_back = now, new.everyone_back or new.by_mistake
    for line in db.scalars(select(RollLine).where(RollLine.evacuation_id == row.id)).all():
        db.delete(line)
    if not row.everyone_back:
        inside = (PresenceRow.site_id == row.site_id) & PresenceRow.zone_id.is_not(None)
        for person in db.scalars(select(PresenceRow).where(inside)).all():
            db.delete(person)
    _record(db, row, _ENDED, actor, now)
    return shape(row)


def end_of(db: Session, evacuation_id: str, *, actor: Actor) -> tuple[Evacuation, str]:
    """Return an evacuation that is over, and the reference of who ended it. Raises NotFound."""
    row = _visible(db, evacuation_id, actor)
    is_its_end = (AuditEntry.subject == f"evacuation:{row.id}", AuditEntry.action == _ENDED)
    return shape(row), db.scalars(select(AuditEntry.actor).where(*is_its_end)).first() or ""


def add_remark(db: Session, evacuation_id: str, remark: str, *, actor: Actor, now: Utc) -> None:
    """Add a remark to an evacuation that somebody else ended meanwhile.

    Raises NotFound, Forbidden, Conflict while it is in progress, Invalid.
    """
    row = _visible(db, evacuation_id, actor)
    actor.require(Permission.MEMBERS_WRITE, row.site_id)
    if row.ended_at is None:
        raise Conflict("this evacuation is still in progress")
    added = several_lines("remarks", remark)
    row.remarks = f"{row.remarks}\n{added}" if row.remarks else added
    _record(db, row, "evacuation_remark_added", actor, now)


def _start(
    db: Session, site_id: str, kind: EvacuationKind, actor: Actor, now: Utc
) -> EvacuationRow:
    inside = (PresenceRow.site_id == site_id) & PresenceRow.zone_id.is_not(None)
    people = db.scalars(select(PresenceRow).where(inside)).all()
    others = in_sessions(db, site_id, now)
    row = EvacuationRow(
        id=uuid7(),
        site_id=site_id,
        kind=kind,
        started_at=now,
        started_by=actor.ref,
        ended_at=None,
        heads=sum(person.heads for person in people) + len(others),
        seen=0,
        remarks=None,
        everyone_back=False,
    )
    db.add(row)
    db.flush()
    db.add_all(
        RollLine(
            id=uuid7(),
            evacuation_id=row.id,
            member_ref=person.member_ref,
            label=person.label,
            zone_id=person.zone_id,
            heads=person.heads,
            seen_at=None,
            seen_by=None,
        )
        for person in people
    )
    db.add_all(
        RollLine(
            id=uuid7(),
            evacuation_id=row.id,
            member_ref=person.member_ref,
            label=None,
            zone_id=None,
            heads=1,
            seen_at=None,
            seen_by=None,
        )
        for person in others
    )
    _record(db, row, "evacuation_started", actor, now)
    return row


def _line(
    db: Session, evacuation_id: str, line_id: str, actor: Actor
) -> tuple[EvacuationRow, RollLine]:
    """Return a line of the roll, and its evacuation. Raises NotFound, Forbidden."""
    row = _visible(db, evacuation_id, actor)
    actor.require(Permission.MEMBERS_READ, row.site_id)
    line = db.get(RollLine, line_id)
    if line is None or line.evacuation_id != row.id:
        raise NotFound("line of the roll", line_id)
    return row, line


def _count(db: Session, row: EvacuationRow) -> None:
    """Count the roll again after a change."""
    db.flush()
    sums = select(func.sum(RollLine.heads), func.sum(RollLine.seen_heads))
    heads, seen = db.execute(sums.where(RollLine.evacuation_id == row.id)).one()
    row.heads, row.seen = int(heads or 0), int(seen or 0)
    post_news(db, EvacuationNews(site=row.site_id, key=row.id))


def _visible(db: Session, key: str, actor: Actor) -> EvacuationRow:
    return visible(db, EvacuationRow, key, "evacuation", actor, Permission.LIVE_READ)


def _record(db: Session, row: EvacuationRow, action: str, actor: Actor, now: Utc) -> None:
    db.flush()
    subject = f"evacuation:{row.id}"
    audit.record(db, actor, now, action, subject, row.site_id, kind=row.kind.value)
    post_news(db, EvacuationNews(site=row.site_id, key=row.id))


def _entries(db: Session, lines: Iterable[RollLine]) -> list[RollEntry]:
    lines = list(lines)
    refs = [line.member_ref for line in lines]
    people = members_of(db, refs)
    needing_help = select(MemberRow.ref).where(
        MemberRow.ref.in_(filter(None, refs)), MemberRow.needs_help
    )
    helped_refs = set(db.scalars(needing_help))
    groups = select(GroupRow.ref, GroupRow.supervisors).where(GroupRow.ref.in_(filter(None, refs)))
    supervisors = {row.ref: row.supervisors for row in db.execute(groups)}
    return [
        RollEntry(
            id=line.id,
            name=people.get(line.member_ref or "", ("", line.label or ""))[1],
            zone_id=line.zone_id,
            heads=line.heads,
            needs_help=line.member_ref in helped_refs,
            seen_at=line.seen_at,
            seen_heads=line.seen_heads,
            supervisors=supervisors.get(line.member_ref or ""),
            by_hand=line.by_hand,
        )
        for line in lines
    ]


def shape(row: EvacuationRow) -> Evacuation:
    """Return the row for the API."""
    lasted = None if row.ended_at is None else (row.ended_at - row.started_at).total_seconds()
    return to_shape(row, Evacuation, duration_s=lasted)
