"""The end of a visit: by the site's rule for signing out, or by a later correction."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from controller.capabilities.groups.models import GroupRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import PresenceEnd, SiteRow, ZoneRow
from controller.capabilities.presence import occupancy
from controller.capabilities.presence.models import EndedVisit, PresenceRow
from controller.capabilities.presence.shapes import Visit
from controller.domain.access.best_subscription import with_best_subscription
from controller.domain.access.case import Case
from controller.domain.access.limits import hours_until
from controller.domain.facts import Context, PointKind, Site
from controller.domain.schedule import openings_on
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.mapping import to_shape
from controller.kernel.rows import get_or_404, require_readable
from controller.policy import facts_of
from controller.wire.ids import uuid7

RETENTION = timedelta(days=2)
"""How long the end of a visit can be corrected; then the visit is deleted."""


def sign_out_time(db: Session, member_ref: str, zone_id: str, at: Utc) -> Utc:
    """Return when somebody who came in at `at` will be signed out by the site's rule."""
    site = db.get_one(SiteRow, db.get_one(ZoneRow, zone_id).site_id)
    latest = Utc.of(at + timedelta(hours=site.presence_longest_h))
    end = db.scalar(select(GroupRow.ends_at).where(GroupRow.ref == member_ref))
    if end is None and site.presence_end is PresenceEnd.CLOSING:
        end = _closing(facts_of.site(db, site.id, at), at)
    if end is None and site.presence_end is PresenceEnd.OWN_HOURS:
        end = _own_hours(db, member_ref, site.id, zone_id, at)
    return min(end or latest, latest)


def _closing(site: Site, at: Utc) -> Utc | None:
    """Return the end of the day's last opening hours; None if the site is not open again that
    day."""
    schedule = site.schedules.get(site.opening or "")
    if schedule is None:
        return None
    today = at.astimezone(ZoneInfo(site.time_zone)).date()
    for day in (today - timedelta(days=1), today):
        openings = openings_on(schedule, site.time_zone, day)
        # A window from the day before counts only while it lasts.
        ends = [end for start, end in openings if end > at and (day == today or start <= at)]
        if ends:
            return max(ends)
    return None


def _own_hours(db: Session, member_ref: str, site_id: str, zone_id: str, at: Utc) -> Utc | None:
    """Return the end of the person's own hours; None if a reader registers people leaving the
    zone."""
    doors = select(AccessPointRow.id).where(AccessPointRow.kind == PointKind.DOOR)
    if db.scalar(doors.where(AccessPointRow.from_zone_id == zone_id).limit(1)) is not None:
        return None
    member = db.scalar(select(MemberRow).where(MemberRow.ref == member_ref))
    holder = facts_of.holder_of(db, member.id, site_id, at) if member is not None else None
    if holder is None:
        return None
    site, point = facts_of.site(db, site_id, at), facts_of.entrance(zone_id)
    return hours_until(with_best_subscription(Case(holder, point, site, at, Context())))


def moment_after(since: Utc, clock: time, zone: ZoneInfo) -> Utc:
    """Return the first time after `since` at which local clocks show this time.

    Visits last a day at most.
    """
    day = since.astimezone(zone).date()
    first = _local_time(day, clock, zone)
    return first if first >= since else _local_time(day + timedelta(days=1), clock, zone)


def _local_time(day: date, clock: time, zone: ZoneInfo) -> Utc:
    return Utc.of(datetime.combine(day, clock, zone))


def record_sign_out(db: Session, row: PresenceRow, at: Utc) -> None:
    """Store a visit that was ended by the rule, so that its end can be corrected."""
    is_member = select(MemberRow.id).where(MemberRow.ref == row.member_ref)
    if row.member_ref is not None and row.zone_id and db.scalar(is_member) is not None:
        db.add(_visit(row, row.zone_id, row.member_ref, at))


def record_past_visit(db: Session, row: PresenceRow, zone_id: str) -> Utc:
    """Store a visit that was over by the rule before it was reported; return when it ended."""
    ref = row.member_ref or ""
    until = sign_out_time(db, ref, zone_id, row.moved_at)
    occupancy.correct_departure(db, zone_id, row.moved_at, until, row.heads)
    db.add(_visit(row, zone_id, ref, until))
    db.flush()
    return until


def overlapping_visit(db: Session, zone: ZoneRow, member_ref: str, at: Utc) -> EndedVisit | None:
    """Return a visit of the person at the site that an entry at `at` would overlap, if any."""
    visit = db.scalar(
        select(EndedVisit)
        .where(
            EndedVisit.member_ref == member_ref,
            EndedVisit.site_id == zone.site_id,
            EndedVisit.ended_at > at,
            EndedVisit.ended_at > EndedVisit.began_at,
        )
        .order_by(EndedVisit.began_at)
        .limit(1)
    )
    if visit is None or visit.began_at >= sign_out_time(db, member_ref, zone.id, at):
        return None
    return visit


def visit_ended_by_rule(db: Session, row: PresenceRow) -> EndedVisit | None:
    """Return the person's last visit, if the rule ended it and they have not moved since."""
    if row.zone_id is not None or row.member_ref is None:
        return None
    began_then = (EndedVisit.site_id == row.site_id, EndedVisit.began_at == row.moved_at)
    statement = select(EndedVisit).where(EndedVisit.member_ref == row.member_ref, *began_then)
    return db.scalar(statement.limit(1))


def delete_visit(db: Session, visit: EndedVisit) -> None:
    """Delete a visit that did not take place, and correct the counts."""
    occupancy.correct_departure(db, visit.zone_id, visit.ended_at, visit.began_at, visit.heads)
    db.delete(visit)


def record_departure(db: Session, row: PresenceRow, at: Utc, *, actor: Actor, now: Utc) -> None:
    """Correct counts after somebody left before now; if on an earlier day, record the
    correction."""
    if row.zone_id is None:
        return
    occupancy.correct_departure(db, row.zone_id, now, at, row.heads)
    zone = _zone(db, row.site_id)
    is_same_day = at.astimezone(zone).date() == now.astimezone(zone).date()
    if row.member_ref is None or is_same_day:
        return
    visit = _visit(row, row.zone_id, row.member_ref, now)
    db.add(visit)
    _correct(db, visit, at, actor, now)


def undo_departure(db: Session, row: PresenceRow, zone_id: str, since: Utc) -> None:
    """Take back what `record_departure` has recorded of somebody who was in since then."""
    if row.learnt_at is None:
        return
    occupancy.correct_departure(db, zone_id, row.moved_at, row.learnt_at, row.heads)
    visit = delete(EndedVisit).where(
        EndedVisit.member_ref == row.member_ref,
        EndedVisit.began_at == since,
        EndedVisit.until == row.learnt_at,
    )
    db.execute(visit)


def last_visit(
    db: Session, member_id: str, site_id: str, *, actor: Actor, now: Utc
) -> Visit | None:
    """Return the last visit whose end can be corrected, if any.

    It was ended by the rule, or is still open from an earlier day. Only for the desk and the
    member. Raises NotFound.
    """
    member = get_or_404(db, MemberRow, member_id, "member")
    _require(db, member.ref, site_id, member_id, actor)
    at_site, zone = PresenceRow.site_id == site_id, _zone(db, site_id)
    row = db.scalar(select(PresenceRow).where(PresenceRow.member_ref == member.ref, at_site))
    if row is not None and row.zone_id is not None:
        began, today = (moment.astimezone(zone).date() for moment in (row.moved_at, now))
        if began < today:
            return Visit(id=row.id, zone_id=row.zone_id, since=row.moved_at, ended_at=None)
    statement = select(EndedVisit).where(
        EndedVisit.member_ref == member.ref,
        EndedVisit.site_id == site_id,
        EndedVisit.until > Utc.of(now - RETENTION),
    )
    ended_visit = db.scalar(statement.order_by(EndedVisit.until.desc()).limit(1))
    return None if ended_visit is None else _shape(ended_visit)


def correct(db: Session, visit_id: str, at: Utc, *, actor: Actor, now: Utc) -> Visit:
    """Set when somebody really left, within the visit. Raises NotFound, Invalid, Forbidden."""
    row = get_or_404(db, EndedVisit, visit_id, "visit")
    _require(db, row.member_ref, row.site_id, visit_id, actor, writes=True)
    if not row.began_at <= at <= min(row.until, now):
        raise Invalid.of("at", "must be between their arrival and their sign-out")
    occupancy.correct_departure(db, row.zone_id, row.ended_at, at, row.heads)
    _correct(db, row, at, actor, now)
    return _shape(row)


def forget(db: Session, now: Utc) -> None:
    """Delete ended visits that can no longer be corrected."""
    db.execute(delete(EndedVisit).where(EndedVisit.until <= Utc.of(now - RETENTION)))


def move_visits(db: Session, gone_ref: str, kept_ref: str) -> None:
    """Move the visits of a merged record to the kept one."""
    db.execute(
        update(EndedVisit).where(EndedVisit.member_ref == gone_ref).values(member_ref=kept_ref)
    )


def require_desk_or_own(db: Session, row: PresenceRow, actor: Actor) -> None:
    """Raise NotFound or Forbidden unless the actor is the desk, or the person present."""
    _require(db, row.member_ref, row.site_id, row.id, actor, writes=True)


def _require(
    db: Session, ref: str | None, site_id: str, key: str, actor: Actor, *, writes: bool = False
) -> None:
    own_member = db.get(MemberRow, actor.member_id) if actor.member_id else None
    if (
        own_member is not None
        and own_member.ref == ref
        and actor.may(Permission.OWN_WRITE, site_id)
    ):
        return
    require_readable(actor, Permission.MEMBERS_READ, site_id, "visit", key)
    if writes:
        actor.require(Permission.MEMBERS_WRITE, site_id)


def _correct(db: Session, row: EndedVisit, at: Utc, actor: Actor, now: Utc) -> None:
    """Store the correction.

    The audit contains neither the person nor the times, since it is stored for years.
    """
    row.ended_at, row.corrected_by = at, actor.ref
    db.flush()
    audit.record(db, actor, now, "exit_corrected", f"visit:{row.id}", row.site_id)


def _visit(row: PresenceRow, zone_id: str, member_ref: str, until: Utc) -> EndedVisit:
    return EndedVisit(
        id=uuid7(),
        site_id=row.site_id,
        zone_id=zone_id,
        member_ref=member_ref,
        heads=row.heads,
        began_at=row.moved_at,
        until=until,
        ended_at=until,
        corrected_by=None,
    )


def _shape(row: EndedVisit) -> Visit:
    return to_shape(row, Visit, since=row.began_at)


def _zone(db: Session, site_id: str) -> ZoneInfo:
    return ZoneInfo(db.get_one(SiteRow, site_id).time_zone)
