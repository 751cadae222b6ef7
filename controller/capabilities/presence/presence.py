"""Who is in which zone now: moved by doors and by the desk, and signed out automatically."""

from collections.abc import Mapping
from datetime import timedelta

from msgspec.structs import replace
from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from controller.capabilities.groups.changes import GroupChanged, GroupEnded
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sites_of
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.plans import pass_days
from controller.capabilities.presence import endings
from controller.capabilities.presence.changes import CheckInUndone, MemberCheckedIn, PresenceNews
from controller.capabilities.presence.models import EvacuationKind, EvacuationRow, PresenceRow
from controller.capabilities.presence.occupancy import count_quarter
from controller.capabilities.presence.shapes import NewPresence, Present
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.errors import Conflict, FieldError, Invalid, NotFound
from controller.kernel.names import members_of
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, ensure, get_or_404, visible
from controller.policy.invalidation import INVALIDATED_BY_HAND
from controller.wire.ids import uuid7

UNDO_PERIOD = timedelta(minutes=10)
"""How long a check-out can be undone."""
LATE_AFTER = timedelta(minutes=2)
"""An event that arrives later than this counts as late."""
DEPARTURE_KEPT_FOR = timedelta(days=2)
"""How long a departure is stored, so that a late entry event does not undo it."""


class EvacuationRunning(Conflict):
    """Raised because nobody can come in during an evacuation."""


class MoveRecordedSince(Invalid):
    """Raised because an entry or exit of the person at that time or later is recorded already."""


class VisitRecorded(MoveRecordedSince):
    """Raised because the person is recorded as in for some of that time."""

    def __init__(self, since: Utc, until: Utc) -> None:
        text = f"this person is recorded as in from {since.text()} to {until.text()}"
        super().__init__([FieldError("at", text)])
        self.since, self.until = since, until


class EmptiedSince(Invalid):
    """Raised because an evacuation was in progress at that time, or has emptied the site since."""


def page(
    db: Session,
    *,
    actor: Actor,
    site_id: str | None = None,
    zone_id: str | None = None,
    cursor: Cursor = FIRST,
) -> Page[Present]:
    """Return a page of who is in at the actor's sites, for actors who may read members."""
    actor.require_anywhere(Permission.MEMBERS_READ)
    statement = select(PresenceRow).where(
        at_sites(PresenceRow.site_id, actor.sites(Permission.MEMBERS_READ)),
        PresenceRow.zone_id.is_not(None),
    )
    if site_id is not None:
        statement = statement.where(PresenceRow.site_id == site_id)
    if zone_id is not None:
        statement = statement.where(PresenceRow.zone_id == zone_id)
    return paged(db, statement, PresenceRow.id, cursor, lambda rows: shapes(db, rows))


def get(db: Session, presence_id: str, *, actor: Actor) -> Present:
    """Return one person or group who is in. Raises NotFound."""
    row = visible(db, PresenceRow, presence_id, "presence", actor, Permission.MEMBERS_READ)
    if row.zone_id is None:
        raise NotFound("presence", presence_id)
    return shapes(db, [row])[0]


def check_in(db: Session, new: NewPresence, *, actor: Actor, now: Utc) -> Present:
    """Check somebody in at the desk. Raises Invalid, Forbidden, EvacuationRunning."""
    return check_in_spending_pass(db, new, actor=actor, now=now)[0]


MAX_ENTRY_AGE = timedelta(days=2)
"""How long ago an entry may be that the desk records; the page allows today and last night."""


def check_in_spending_pass(
    db: Session, new: NewPresence, *, actor: Actor, now: Utc
) -> tuple[Present, str | None]:
    """Check somebody in; also return the id of the pass day that this spent, or None.

    Nothing changes for a member who is in that room since then or earlier. If the site's rule has
    ended the visit by now, it is recorded as over.
    """
    zone = db.get(ZoneRow, new.zone_id)
    if zone is None or not actor.may(Permission.MEMBERS_READ, zone.site_id):
        raise Invalid.of("zone_id", f"no zone {new.zone_id}")
    actor.require(Permission.MEMBERS_WRITE, zone.site_id)
    at = new.at or now
    if at > now:
        raise Invalid.of("at", "it is in the future")
    if now - at > MAX_ENTRY_AGE:
        raise Invalid.of("at", "it is more than two days ago")
    require_no_evacuation(db, zone.site_id)
    if new.member_id is None:
        return shapes(db, [_visitor(db, zone, new, at, now)])[0], None
    member = db.get(MemberRow, new.member_id)
    if member is None or zone.site_id not in sites_of(db, member):
        raise Invalid.of("member_id", f"no member {new.member_id} at this site")
    if is_disregarded(db, zone.site_id, at):
        raise EmptiedSince.of("at", "an evacuation was in progress then or has ended since")
    visit = endings.overlapping_visit(db, zone, member.ref, at)
    if visit is not None:
        raise VisitRecorded(visit.began_at, visit.ended_at)
    row = inside(db, member.ref, now)
    if row and row.zone_id == zone.id and row.moved_at < at and row.heads == new.heads:
        return shapes(db, [row])[0], None
    row = move(db, zone.site_id, zone.id, member.ref, heads=new.heads, at=at, now=now, by_desk=True)
    if row.zone_id is not None:
        present = shapes(db, [row])[0]
    elif row.moved_at > at or endings.visit_ended_by_rule(db, row) is not None:
        raise MoveRecordedSince.of("at", "a later entry or exit of this person is recorded")
    else:
        until = endings.record_past_visit(db, row, zone.id)
        present = replace(shapes(db, [row])[0], zone_id=zone.id, until=until)
    react(db, MemberCheckedIn(site_id=zone.site_id, member_ref=member.ref, at=at))
    return present, pass_days.spend_at_desk(db, member, zone, at)


def inside(db: Session, member_ref: str, now: Utc) -> PresenceRow | None:
    """Return the presence of a member or a group, if they are in."""
    is_in = (PresenceRow.zone_id.is_not(None), PresenceRow.until > now)
    return db.scalar(select(PresenceRow).where(PresenceRow.member_ref == member_ref, *is_in))


def take_back(
    db: Session,
    presence_id: str,
    *,
    since: Utc | None = None,
    zone_before: str = "",
    actor: Actor,
    now: Utc,
) -> Present:
    """Undo a mistaken check-in by the desk, even if the site's rule has ended the visit since.

    `since` is when that entry was: it is undone once, and no other one with it. Later door events
    stay; somebody who was in before is back in `zone_before`, or out since their move before it.
    Raises NotFound, Forbidden.
    """
    row = visible(db, PresenceRow, presence_id, "presence", actor, Permission.MEMBERS_READ)
    actor.require(Permission.MEMBERS_WRITE, row.site_id)
    visit = endings.visit_ended_by_rule(db, row)
    is_entry = row.zone_id is not None or visit is not None
    if since not in (None, row.moved_at):
        raise NotFound("presence", presence_id)
    if not is_entry or not row.by_desk or is_frozen(db, row.site_id):
        raise NotFound("presence", presence_id)
    entry = shapes(db, [row])[0]
    if visit is not None:
        endings.delete_visit(db, visit)
    if row.member_ref is not None:
        mistake = CheckInUndone(site_id=row.site_id, member_ref=row.member_ref, at=row.moved_at)
        react(db, mistake)
    if row.earlier_at is None:
        db.delete(row)
    else:  # that they were in before stays known: it may have used a subscription
        since, row.earlier_at = row.earlier_at, None
        zone = db.get(ZoneRow, zone_before)
        back_in = zone.id if zone is not None and zone.site_id == row.site_id else None
        set_presence(
            db, row, row.site_id, back_in, heads=row.heads, at=since, now=now, by_desk=row.by_desk
        )
    db.flush()
    post_news(db, PresenceNews(site=entry.site_id))
    return entry


def check_out(
    db: Session, presence_id: str, *, actor: Actor, now: Utc, at: Utc | None = None
) -> bool:
    """Check somebody out, as the desk or that person. Raises NotFound, Invalid, Forbidden.

    Returns whether `undo_check_out` can undo it: a visitor's name is deleted immediately.
    """
    row = get_or_404(db, PresenceRow, presence_id, "presence")
    endings.require_desk_or_own(db, row, actor)
    if row.zone_id is None:
        raise NotFound("presence", presence_id)
    at = at or now
    if not row.moved_at <= at <= now:
        raise Invalid.of("at", "must be between their arrival and now")
    is_known = row.member_ref is not None
    endings.record_departure(db, row, at, actor=actor, now=now)
    _mark_out(db, row, at, now)
    db.flush()
    post_news(db, PresenceNews(site=row.site_id))
    return is_known


def undo_check_out(
    db: Session, presence_id: str, zone_id: str, since: Utc, *, actor: Actor, now: Utc
) -> Present:
    """Undo a mistaken check-out by the desk: restores the zone, the start and the counts.

    The period counts from when it was recorded, also if the exit was earlier. Raises NotFound if
    that is no longer possible, Forbidden.
    """
    row = visible(db, PresenceRow, presence_id, "presence", actor, Permission.MEMBERS_READ)
    actor.require(Permission.MEMBERS_WRITE, row.site_id)
    zone = db.get(ZoneRow, zone_id)
    is_here = zone is not None and zone.site_id == row.site_id
    if row.zone_id is not None or not row.by_desk or not is_here or since > row.moved_at:
        raise NotFound("presence", presence_id)
    if now - (row.learnt_at or row.moved_at) > UNDO_PERIOD or is_frozen(db, row.site_id):
        raise NotFound("presence", presence_id)
    endings.undo_departure(db, row, zone_id, since)
    set_presence(db, row, row.site_id, zone_id, heads=row.heads, at=since, now=now, by_desk=True)
    post_news(db, PresenceNews(site=row.site_id))
    return shapes(db, [row])[0]


def move(
    db: Session,
    site_id: str,
    zone_id: str | None,
    member_ref: str,
    *,
    heads: int = 1,
    at: Utc,
    now: Utc,
    by_desk: bool = False,
) -> PresenceRow:
    """Record that somebody is in a zone, or out (None), since `at`; the newest reported move
    counts.

    Nothing changes during an evacuation, so that the roll stays unchanged.
    """
    new = PresenceRow(
        id=uuid7(),
        site_id=site_id,
        zone_id=None,
        member_ref=member_ref,
        label=None,
        heads=0,
        moved_at=at,
        learnt_at=None,
        until=None,
        by_desk=False,
    )
    row = ensure(db, select(PresenceRow).where(PresenceRow.member_ref == member_ref), new)
    if at < row.moved_at or is_frozen(db, site_id) or is_disregarded(db, site_id, at):
        return row
    if row.id != new.id:
        row.earlier_at = row.moved_at
    came_in = zone_id is not None and zone_id != row.zone_id
    set_presence(db, row, site_id, zone_id, heads=heads, at=at, now=now, by_desk=by_desk)
    row.learnt_at = now if now - at > LATE_AFTER else None
    if came_in and zone_id is not None:
        count_quarter(db, site_id, zone_id, at, now=now, entries=heads)
    post_news(db, PresenceNews(site=site_id))
    return row


def set_presence(
    db: Session,
    row: PresenceRow,
    site_id: str,
    zone_id: str | None,
    *,
    heads: int,
    at: Utc,
    now: Utc,
    by_desk: bool,
) -> None:
    """Set where somebody is; out, if they would have been signed out by now."""
    until = endings.sign_out_time(db, row.member_ref or "", zone_id, at) if zone_id else None
    row.site_id, row.moved_at, row.heads, row.learnt_at = site_id, at, heads, None
    is_in = until is not None and until > now
    row.zone_id, row.until = (zone_id, until) if is_in else (None, None)
    row.by_desk = by_desk
    db.flush()


def update_group_size(db: Session, change: GroupChanged) -> None:
    """Update the number of people of a group that is in."""
    heads, now = change.group.headcount, change.now
    row = db.scalar(select(PresenceRow).where(PresenceRow.member_ref == change.group.ref))
    if row is None or row.zone_id is None or row.heads == heads or is_frozen(db, row.site_id):
        return
    difference = heads - row.heads
    row.heads = heads
    db.flush()
    if difference > 0:
        count_quarter(db, row.site_id, row.zone_id, now, now=now, entries=difference)
    post_news(db, PresenceNews(site=row.site_id))


def check_out_group(db: Session, event: GroupEnded) -> None:
    """Mark a group's people as out when it returns its badge."""
    site_id = event.group.site_id
    row = db.scalar(select(PresenceRow).where(PresenceRow.member_ref == event.group.ref))
    if row is not None and row.zone_id is not None and not is_frozen(db, site_id):
        _mark_out(db, row, event.now, event.now)
        db.flush()
        post_news(db, PresenceNews(site=site_id))


def sign_out_due(db: Session, now: Utc) -> None:
    """Sign out people whose time has ended, and delete rows of people who left long ago."""
    due_rows = select(PresenceRow).where(PresenceRow.zone_id.is_not(None), PresenceRow.until <= now)
    for row in db.scalars(due_rows).all():
        if is_frozen(db, row.site_id):
            continue
        endings.record_sign_out(db, row, row.until or now)
        if row.member_ref is None:
            db.delete(row)
        else:
            # moved_at stays, so that moves after it which are reported later still count.
            row.zone_id, row.until = None, None
        post_news(db, PresenceNews(site=row.site_id))
    db.flush()
    old = delete(PresenceRow).where(
        PresenceRow.zone_id.is_(None), PresenceRow.moved_at < Utc.of(now - DEPARTURE_KEPT_FOR)
    )
    db.execute(old, execution_options={INVALIDATED_BY_HAND: True})
    endings.forget(db, now)


def is_frozen(db: Session, site_id: str) -> bool:
    """Return whether an evacuation or a drill is in progress at the site."""
    return current_kind(db, site_id) is not None


def current_kind(db: Session, site_id: str) -> EvacuationKind | None:
    """Return the kind of the evacuation in progress at the site; None: there is none."""
    is_current = (EvacuationRow.site_id == site_id) & EvacuationRow.ended_at.is_(None)
    return db.scalar(select(EvacuationRow.kind).where(is_current).limit(1))


def require_no_evacuation(db: Session, site_id: str) -> None:
    """Raise EvacuationRunning while the site's presence is frozen."""
    if is_frozen(db, site_id):
        raise EvacuationRunning(
            "an evacuation is in progress: nobody can come in yet; add anyone who is inside to its "
            "roll"
        )


def is_disregarded(db: Session, site_id: str, at: Utc) -> bool:
    """Return whether a move at that time is ignored.

    Nobody moves during an evacuation; and unless everybody was back at its end, everybody was out
    then.
    """
    during = EvacuationRow.started_at <= at
    return bool(
        db.scalar(
            select(
                exists().where(
                    EvacuationRow.site_id == site_id,
                    EvacuationRow.ended_at > at,
                    during | EvacuationRow.everyone_back.is_(False),
                )
            )
        )
    )


def shapes(db: Session, rows: list[PresenceRow]) -> list[Present]:
    """Return the rows for the API, with names."""
    people = members_of(db, [row.member_ref for row in rows])
    groups = _groups(db, [ref for ref, (member_id, _name) in people.items() if member_id is None])
    return [
        _shape(row, *people.get(row.member_ref or "", (None, row.label or "")), groups)
        for row in rows
    ]


def _groups(db: Session, refs: list[str]) -> dict[str, str]:
    if not refs:
        return {}
    ids = db.execute(select(GroupRow.ref, GroupRow.id).where(GroupRow.ref.in_(refs)))
    return {row.ref: row.id for row in ids}


def _shape(
    row: PresenceRow, member_id: str | None, name: str, groups: Mapping[str, str]
) -> Present:
    return Present(
        id=row.id,
        site_id=row.site_id,
        zone_id=row.zone_id or "",
        member_id=member_id,
        name=name,
        heads=row.heads,
        since=row.moved_at,
        until=row.until,
        learnt_at=row.learnt_at,
        group_id=groups.get(row.member_ref or ""),
    )


def _visitor(db: Session, zone: ZoneRow, new: NewPresence, at: Utc, now: Utc) -> PresenceRow:
    row = PresenceRow(
        id=uuid7(),
        site_id=zone.site_id,
        zone_id=zone.id,
        member_ref=None,
        label=new.name,
        heads=new.heads,
        moved_at=at,
        learnt_at=now if now - at > LATE_AFTER else None,
        until=endings.sign_out_time(db, "", zone.id, at),
        by_desk=True,
    )
    db.add(row)
    db.flush()
    count_quarter(db, zone.site_id, zone.id, at, now=now, entries=new.heads)
    post_news(db, PresenceNews(site=zone.site_id))
    return row


def _mark_out(db: Session, row: PresenceRow, at: Utc, now: Utc) -> None:
    """Mark a member as out; delete the row of a visitor, with the name."""
    if row.member_ref is None:
        db.delete(row)
    else:
        row.zone_id, row.moved_at, row.until, row.by_desk = None, at, None, True
        row.learnt_at = now if now - at > LATE_AFTER else None
