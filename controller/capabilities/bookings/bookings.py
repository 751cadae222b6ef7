"""Bookings of machines, zones and desks; concurrent requests can't book the same slot."""

from datetime import timedelta

from msgspec.structs import replace
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from controller.capabilities.bookings import elapsed_time, letters, terms
from controller.capabilities.bookings.booking_rights import check_rights, last_moment_before
from controller.capabilities.bookings.in_courses import course_uses
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.bookings.news import BookingNews
from controller.capabilities.bookings.shapes import Booking, BookingFields, Cancellation, NewBooking
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import on_behalf
from controller.capabilities.members.changes import MemberLeft, MemberRemovedFromSite
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sites_of
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.places.models import ZoneRow
from controller.domain.facts import MemberStatus, PointKind
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import at_sites, get_or_404, require_version
from controller.kernel.validate import merge
from controller.wire.ids import uuid7

MAX_DURATION = timedelta(days=31)
"""How long a booking may last."""
MAX_LEAD = timedelta(days=366)
"""How far ahead a booking may begin."""


def create(db: Session, new: NewBooking, *, actor: Actor, now: Utc) -> Booking:
    """Book for oneself or, at the desk, for any member.

    Raises Conflict if that time is taken, and AccessDenied if `decide()` would deny access then for
    lack of a subscription or certification, or because of the hours; the desk gets a warning
    instead.
    """
    site_id = _site_of(db, new, actor)
    member = _member(db, new.member_id, site_id, actor)
    _check_times(new, now)
    _check_start(site_id, new, actor, now)
    _check_terms(db, site_id, new, actor, now)
    payer = _initial_payer(db, site_id, member.id, new, actor, now)
    row = BookingRow(
        id=uuid7(),
        site_id=site_id,
        member_id=member.id,
        access_point_id=new.access_point,
        zone_id=new.zone_id,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        created_by=actor.ref,
        created_at=now,
        cancelled_at=None,
        closed_at=None,
        missed_at=None,
        organisation_id=payer.organisation_id,
        project_id=payer.project_id,
    )
    warning = check_rights(db, row, actor=actor, now=now)
    _require_free(db, row)
    db.add(row)
    record(db, row, "booking_created", actor, now)
    letters.write_confirmation(db, row, now)
    return replace(_visible_shape(row, actor), warning=warning)


def get(db: Session, booking_id: str, *, actor: Actor) -> Booking:
    """Return one booking. Raises NotFound."""
    row = get_or_404(db, BookingRow, booking_id, "booking")
    if not actor.may(Permission.RULES_READ, row.site_id):
        raise NotFound("booking", booking_id)
    return _visible_shape(row, actor)


def page(
    db: Session,
    *,
    actor: Actor,
    since: Utc | None = None,
    until: Utc | None = None,
    access_point: str | None = None,
    zone_id: str | None = None,
    organisation_id: str | None = None,
    cursor: Cursor = FIRST,
) -> Page[Booking]:
    """Return a page of bookings of the actor's sites between `since` and `until`.

    Cancelled bookings are left out, and those released because nobody came.
    """
    sites = actor.sites(Permission.RULES_READ)
    is_not_released = BookingRow.missed_at.is_(None) | (BookingRow.missed_at >= BookingRow.ends_at)
    statement = select(BookingRow).where(
        at_sites(BookingRow.site_id, sites), BookingRow.cancelled_at.is_(None), is_not_released
    )
    if since is not None:
        statement = statement.where(BookingRow.ends_at > since)
    if until is not None:
        statement = statement.where(BookingRow.starts_at < until)
    if access_point is not None:
        statement = statement.where(BookingRow.access_point_id == access_point)
    if zone_id is not None:
        statement = statement.where(BookingRow.zone_id == zone_id)
    if organisation_id is not None:
        readable = at_sites(BookingRow.site_id, actor.sites(Permission.MEMBERS_READ))
        statement = statement.where(BookingRow.organisation_id == organisation_id, readable)
    key = BookingRow.id
    return paged(
        db, statement, key, cursor, lambda rows: [_visible_shape(row, actor) for row in rows]
    )


def change(
    db: Session, booking_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Booking:
    """Apply a merge patch, mostly to move a booking.

    Raises Conflict if that time is taken, Invalid, Stale, NotFound, Forbidden, AccessDenied.
    """
    row = _writable(db, booking_id, actor)
    require_version(row, version)
    if row.closed_at is not None:
        raise Conflict("this booking is cancelled or over")
    new = merge(_shape(row, shows_member=True), on_behalf.complete_patch(patch), BookingFields)
    is_fixed = elapsed_time.has_begun(row, now) and not elapsed_time.may_decide_costs(
        db, row, actor
    )
    if new.starts_at != row.starts_at and is_fixed:
        raise Invalid.of("starts_at", "the booking has begun: only a manager can change its start")
    is_past_day = elapsed_time.is_of_another_day(db, row, now)
    if new.ends_at > row.ends_at and is_fixed and is_past_day:
        raise Invalid.of("ends_at", "the booking began on another day: make a new one for later")
    is_settled = is_past_day and not elapsed_time.may_decide_costs(db, row, actor)
    if _payer(new) != _payer(row) and is_settled:
        raise Forbidden("the booking began on another day: only a manager can change who pays")
    is_moved = (new.starts_at, new.ends_at) != (row.starts_at, row.ends_at)
    if is_moved:
        _check_times(new, now)
        if new.starts_at < row.starts_at:
            _check_start(row.site_id, new, actor, now)
        _check_terms(db, row.site_id, new, actor, now)
    is_within = row.starts_at <= new.starts_at and new.ends_at <= row.ends_at
    if not is_within or _payer(new) != _payer(row):
        to = _requested_payer(db, row.site_id, row.member_id, new, actor, now)
        row.organisation_id, row.project_id = to.organisation_id, to.project_id
    before = row.starts_at
    row.starts_at, row.ends_at = new.starts_at, new.ends_at
    with db.no_autoflush:
        warning = None if is_within else check_rights(db, row, actor=actor, now=now)
        _require_free(db, row)
    record(db, row, "booking_changed", actor, now)
    if is_moved:
        letters.write_move(db, row, before, now)
    return replace(_visible_shape(row, actor), warning=warning)


def cancel(
    db: Session,
    booking_id: str,
    cancellation: Cancellation | None = None,
    *,
    actor: Actor,
    now: Utc,
) -> Booking:
    """Cancel a booking, so that somebody else can book that time; idempotent.

    A zone's booking that has begun ends now, and the elapsed time is charged. It is free if the
    desk has just made it by mistake, at most once a day for each zone, or if somebody with
    `money:write` gives a reason to waive it. Raises Forbidden, NotFound.
    """
    row = _writable(db, booking_id, actor)
    if row.zone_id is not None:  # so that two concurrent cancellations can't both be free
        _lock(db, row)
    reason = None if cancellation is None else cancellation.reason
    if row.closed_at is None:
        if elapsed_time.makes_free(db, row, reason, actor, now):
            row.cancelled_at = row.closed_at = now
        else:
            elapsed_time.end(row, now)
        reason_detail = {} if reason is None else {"reason": reason}
        record(db, row, "booking_cancelled", actor, now, **reason_detail)
        if row.cancelled_at is not None:
            letters.write_cancellation(db, row, now)
    return _visible_shape(row, actor)


def restore(db: Session, booking_id: str, *, actor: Actor, now: Utc) -> Booking:
    """Restore a cancelled booking, with the checks for a new one. A payer who may no longer pay is
    removed.

    Raises AccessDenied, and Conflict if that time is taken, or the booking was not cancelled, is
    over or began too long ago.
    """
    row = _writable(db, booking_id, actor)
    if row.cancelled_at is None or row.ends_at <= now:
        raise Conflict("this booking was not cancelled, or is over")
    shape = _shape(row, shows_member=True)
    is_late = terms.began_too_long_ago(row.site_id, row.starts_at, actor, now)
    if row.zone_id is not None and is_late:
        raise Conflict("the booking began too long ago: make a new one")
    try:
        payer = _requested_payer(db, row.site_id, row.member_id, shape, actor, now)
    except Invalid:
        payer = OnBehalf()
    row.organisation_id, row.project_id = payer.organisation_id, payer.project_id
    cancelled_sequence = letters.sequence(row)
    row.cancelled_at = row.closed_at = None
    with db.no_autoflush:
        warning = check_rights(db, row, actor=actor, now=now)
        _require_free(db, row)
    record(db, row, "booking_restored", actor, now)
    letters.write_restoration(db, row, cancelled_sequence, now)
    return replace(_visible_shape(row, actor), warning=warning)


def cancel_all(db: Session, event: MemberLeft) -> None:
    """Cancel all bookings of a member who has left."""
    _cancel(db, event.now, BookingRow.member_id == event.member.id)


def cancel_at(db: Session, change: MemberRemovedFromSite) -> None:
    """Cancel a member's bookings at a site that no longer knows them."""
    at_site = BookingRow.site_id == change.site_id
    _cancel(db, change.now, BookingRow.member_id == change.member_id, at_site)


def _cancel(db: Session, now: Utc, *conditions: ColumnElement[bool]) -> None:
    for row in db.scalars(
        select(BookingRow).where(BookingRow.closed_at.is_(None), *conditions)
    ).all():
        if elapsed_time.has_begun(row, now):
            elapsed_time.end(row, now)
        else:
            row.cancelled_at = row.closed_at = now
            db.flush()
            letters.write_cancellation(db, row, now)
    db.flush()


def close_ended(db: Session, now: Utc) -> None:
    """Close bookings that are over, so that they leave the policy."""
    past_bookings = select(BookingRow).where(
        BookingRow.closed_at.is_(None), BookingRow.ends_at <= now
    )
    for row in db.scalars(past_bookings):
        row.closed_at = row.ends_at
    db.flush()


def _require_free(db: Session, row: BookingRow) -> None:
    """Lock the booked machine or zone, and raise Conflict if it is taken at that time.

    Concurrent bookings of the same thing wait for each other.
    """
    is_same_thing, places = _lock(db, row)
    overlapping = db.execute(
        select(BookingRow.starts_at, BookingRow.ends_at).where(
            is_same_thing,
            BookingRow.id != row.id,
            BookingRow.closed_at.is_(None),
            BookingRow.starts_at < row.ends_at,
            BookingRow.ends_at > row.starts_at,
        )
    ).all()
    # The largest number of overlapping bookings occurs at the start of one of them.
    moments = [max(start, row.starts_at) for start, _ in overlapping]
    max_overlap = max(
        (sum(a <= moment < b for a, b in overlapping) for moment in moments), default=0
    )
    if max_overlap >= places:
        raise Conflict("already booked for some of that time")
    courses = course_uses(db, row.site_id, row.starts_at, row.ends_at)
    if row.access_point_id in {course.access_point for course in courses}:
        raise Conflict("a course uses it for some of that time")


def _lock(db: Session, row: BookingRow) -> tuple[ColumnElement[bool], int]:
    """Return the condition for bookings of the same thing, and how many may overlap."""
    if row.access_point_id is not None:
        point = db.scalar(
            select(AccessPointRow)
            .where(AccessPointRow.id == row.access_point_id, AccessPointRow.site_id == row.site_id)
            .with_for_update(key_share=True)
        )
        if point is None or point.kind is not PointKind.MACHINE:
            raise Invalid.of("access_point", f"no machine {row.access_point_id} at this site")
        return BookingRow.access_point_id == row.access_point_id, 1
    zone = db.scalar(
        select(ZoneRow)
        .where(ZoneRow.id == row.zone_id, ZoneRow.site_id == row.site_id)
        .with_for_update(key_share=True)
    )
    if zone is None:
        raise Invalid.of("zone_id", f"no zone {row.zone_id} at this site")
    return BookingRow.zone_id == row.zone_id, zone.desks or 1


def _check_times(new: BookingFields, now: Utc) -> None:
    if new.ends_at <= now:
        raise Invalid.of("ends_at", "in the past")
    if new.starts_at > now + MAX_LEAD:
        raise Invalid.of("starts_at", f"at most {MAX_LEAD.days} days ahead")
    if new.ends_at - new.starts_at > MAX_DURATION:
        raise Invalid.of("ends_at", f"at most {MAX_DURATION.days} days after the start")


def _check_start(site_id: str, new: BookingFields, actor: Actor, now: Utc) -> None:
    """Raise Invalid for a start too long ago, unless the actor has `money:write`."""
    if terms.began_too_long_ago(site_id, new.starts_at, actor, now):
        raise Invalid.of("starts_at", "too long ago")


def _check_terms(db: Session, site_id: str, new: BookingFields, actor: Actor, now: Utc) -> None:
    """Check the site's limits for members who book for themselves. Raises Invalid."""
    site_terms = terms.terms_for(db, site_id, actor)
    if site_terms.too_long(new.starts_at, new.ends_at):
        raise Invalid.of("ends_at", f"at most {site_terms.longest_min} minutes after the start")
    if site_terms.too_early(new.starts_at, now):
        raise Invalid.of("starts_at", f"at most {site_terms.ahead_days} days ahead")


def _site_of(db: Session, new: NewBooking, actor: Actor) -> str:
    """Return the site of the machine or zone, if the actor may see it. Raises Invalid."""
    point = db.get(AccessPointRow, new.access_point) if new.access_point is not None else None
    machine_or_zone = point if new.access_point is not None else db.get(ZoneRow, new.zone_id)
    if machine_or_zone is None or not actor.may(Permission.RULES_READ, machine_or_zone.site_id):
        field = "access_point" if new.access_point is not None else "zone_id"
        raise Invalid.of(field, f"no {new.access_point or new.zone_id} at this site")
    return machine_or_zone.site_id


def _member(db: Session, member_id: str, site_id: str, actor: Actor) -> MemberRow:
    member = db.get(MemberRow, member_id)
    is_own = actor.member_id == member_id
    is_known = member is not None and site_id in sites_of(db, member)
    if (
        member is None
        or not is_known
        or not (is_own or actor.may(Permission.MEMBERS_READ, site_id))
    ):
        raise Invalid.of("member_id", f"no member {member_id} at this site")
    if not is_own and not actor.may(Permission.MEMBERS_WRITE, site_id):
        raise Forbidden("members book for themselves; only the desk books for others")
    if member.status is not MemberStatus.ACTIVE:
        raise Conflict("this member is suspended or has left")
    return member


def _writable(db: Session, key: str, actor: Actor) -> BookingRow:
    row = get_or_404(db, BookingRow, key, "booking")
    if not actor.may(Permission.RULES_READ, row.site_id):
        raise NotFound("booking", key)
    if actor.member_id != row.member_id:
        actor.require(Permission.MEMBERS_WRITE, row.site_id)
    return row


def record(
    db: Session, row: BookingRow, action: str, actor: Actor, now: Utc, **more_detail: object
) -> None:
    """Record an action on a booking, with who pays for it, and publish that it has changed."""
    db.flush()
    thing_id = (
        {"access_point": row.access_point_id} if row.access_point_id else {"zone": row.zone_id}
    )
    detail = {"booking": row.id, **thing_id, **on_behalf.audit_details(_payer(row)), **more_detail}
    audit.record(db, actor, now, action, f"member:{row.member_id}", row.site_id, **detail)
    post_news(db, BookingNews(site=row.site_id, key=row.id))


def _initial_payer(
    db: Session, site_id: str, member_id: str, new: NewBooking, actor: Actor, now: Utc
) -> OnBehalf:
    """Return the requested payer, else the one for whom the member works at that time."""
    if new.organisation_id is None and new.project_id is None:
        return on_behalf.current_payer(db, site_id, member_id, last_moment_before(new.ends_at))
    return _requested_payer(db, site_id, member_id, new, actor, now)


def _requested_payer(
    db: Session, site_id: str, member_id: str, new: BookingFields, actor: Actor, now: Utc
) -> OnBehalf:
    """Return the requested payer. Raises Invalid if it may not pay at the start and at the end."""
    payer = _payer(new)
    for at in (max(new.starts_at, now), last_moment_before(new.ends_at)):
        payer = on_behalf.resolve_on_behalf(db, site_id, member_id, payer, actor=actor, at=at)
    return payer


def _payer(fields: BookingFields | BookingRow) -> OnBehalf:
    return OnBehalf(organisation_id=fields.organisation_id, project_id=fields.project_id)


def _visible_shape(row: BookingRow, actor: Actor) -> Booking:
    """Return a booking for the API.

    Only the member and those who may read members see who booked.
    """
    shows_member = actor.member_id == row.member_id or actor.may(
        Permission.MEMBERS_READ, row.site_id
    )
    return _shape(row, shows_member=shows_member)


def _shape(row: BookingRow, *, shows_member: bool) -> Booking:
    return to_shape(
        row,
        Booking,
        member_id=row.member_id if shows_member else None,
        organisation_id=row.organisation_id if shows_member else None,
        project_id=row.project_id if shows_member else None,
        warning=None,
    )
