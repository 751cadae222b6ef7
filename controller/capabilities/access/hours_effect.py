"""Preview of other hours or another plan: who could enter when, and which bookings become unusable.

The week is divided at each time at which a schedule opens or closes. For each part of it and each
door, `decide()`'s checks are made with both versions of the site, once for all people with the same
facts (`holder_classes`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import and_, false, or_, select, true
from sqlalchemy.orm import Session

from controller.capabilities.access.effect import NAME_LIMIT, REASONS_WITH_RIGHT
from controller.capabilities.access.holder_classes import classify_holders, holder_rows
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.search import words
from controller.domain import facts
from controller.domain.access.decide import denial_reason
from controller.domain.access.decision import DenyReason
from controller.domain.facts import AccessPoint, Assurance, Context, Holder, PointKind, Site
from controller.domain.ids import AccessPointId
from controller.domain.schedule import is_open
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.names import members_of
from controller.policy import facts_of
from controller.policy.compile import read_fields

MEMBER_LIMIT = 300
"""Maximum number of people from whom the listed names are chosen."""
BOOKINGS = 200
"""Maximum number of future bookings that are checked when a change may affect any day."""
_CLOSED = (DenyReason.SITE_CLOSED, DenyReason.OUTSIDE_PLAN_HOURS)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursChange:
    """A member who loses or gains hours of access, and the first time at which this happens."""

    member_id: str | None
    name: str
    at: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class StrandedBooking:
    """A booking at a time at which its member could no longer enter."""

    booking: str
    member_id: str
    name: str
    thing: str
    """The id of the machine or zone."""
    starts_at: Utc
    ends_at: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursEffect:
    """How many people could enter at some time of the week, before and after, and who is
    affected."""

    before: int
    after: int
    loses_n: int
    gains_n: int
    loses: tuple[HoursChange, ...]
    """At most `NAME_LIMIT` members, by name."""
    gains: tuple[HoursChange, ...]
    outside: tuple[StrandedBooking, ...]


@dataclass(frozen=True, slots=True)
class _Hour:
    """A part of the week in which no schedule opens or closes; `middle` is tested."""

    starts_at: Utc
    middle: Utc


@dataclass(frozen=True, slots=True)
class _Change:
    """Both versions of the site, and the doors and hours for which they are compared."""

    before: Site
    after: Site
    doors: Sequence[AccessPoint]
    hours: Sequence[_Hour]
    now: Utc


def of_change(db: Session, site_id: str, after: Site, *, actor: Actor, now: Utc) -> HoursEffect:
    """Return what would change if the site became `after`. Raises Forbidden, NotFound."""
    actor.require(Permission.RULES_WRITE, site_id)
    before = facts_of.site(db, site_id, now)
    doors = _doors(db, before, now)
    hours = _hours(_weekly(before), _weekly(after), now)
    change = _Change(_weekly(before), _weekly(after), doors, hours, now)
    hours_by_ref = _judge_all(db, change)
    lost = {ref: old - new for ref, (old, new) in hours_by_ref.items() if old - new}
    gained = {ref: new - old for ref, (old, new) in hours_by_ref.items() if new - old}
    return HoursEffect(
        before=sum(bool(old) for old, _new in hours_by_ref.values()),
        after=sum(bool(new) for _old, new in hours_by_ref.values()),
        loses_n=len(lost),
        gains_n=len(gained),
        loses=_hours_changes(db, lost, hours),
        gains=_hours_changes(db, gained, hours),
        outside=stranded_bookings(db, before, after, now=now),
    )


def _hours_changes(
    db: Session, touched: Mapping[str, frozenset[int]], hours: Sequence[_Hour]
) -> tuple[HoursChange, ...]:
    names = members_of(db, list(touched)[:MEMBER_LIMIT])
    shown = sorted(names, key=lambda ref: words(names[ref][1]))[:NAME_LIMIT]
    return tuple(
        HoursChange(
            member_id=names[ref][0], name=names[ref][1], at=hours[min(touched[ref])].starts_at
        )
        for ref in shown
    )


def _judge_all(db: Session, change: _Change) -> dict[str, tuple[frozenset[int], frozenset[int]]]:
    """Return, by person, the indices of the hours at which a door opens, before and after."""
    required = {
        certification
        for door in change.doors
        for group in door.requirement.certifications
        for certification in group
    }
    site_id = change.before.id
    people = classify_holders(holder_rows(db, site_id), required, change.now)
    by_class = {
        holder_class: _open_hours(_lasting(holder_class.holder(), change.now), change)
        for holder_class in {*people.values()}
    }
    return {ref: by_class[holder_class] for ref, holder_class in people.items()}


def _open_hours(holder: Holder, change: _Change) -> tuple[frozenset[int], frozenset[int]]:
    before, after = (
        frozenset(
            n
            for n, at in enumerate(change.hours)
            if _opens_any(holder, change.doors, site, at.middle)
        )
        for site in (change.before, change.after)
    )
    return before, after


def _opens_any(holder: Holder, doors: Iterable[AccessPoint], site: Site, at: Utc) -> bool:
    context = Context(assurance=holder.assurance, clock_trusted=True, policy_age_s=0.0)
    return any(
        denial_reason(holder, door, site, at, context) in REASONS_WITH_RIGHT for door in doors
    )


def _lasting(holder: Holder, now: Utc) -> Holder:
    """Return the holder as if nothing that is valid now ever expired, to compare only hours."""

    def lasts(until: Utc | None) -> Utc | None:
        return None if until is not None and now < until else until

    return replace(
        holder,
        valid_until=lasts(holder.valid_until),
        subscription_until=lasts(holder.subscription_until),
        subscriptions=tuple(
            replace(subscription, subscription_until=lasts(subscription.subscription_until))
            for subscription in holder.subscriptions
        ),
    )


def _doors(db: Session, site: Site, now: Utc) -> list[AccessPoint]:
    """Return the doors that lead into a zone.

    If there are none: an entrance for each zone, or a single one for a site without zones.
    """
    doors = [
        replace(point, in_service=True, service_reason=None, commissioned=True)
        for point in facts_of.points(db, site.id, now)
        if point.kind is PointKind.DOOR and point.zone is not None
    ]
    zones = [facts_of.entrance(zone) for zone in site.zones]
    anywhere = AccessPoint(id=AccessPointId("entrance"), kind=PointKind.DOOR, commissioned=True)
    return doors or zones or [anywhere]


def _weekly(site: Site) -> Site:
    """Return the site without special days and capacity limits."""
    schedules = {key: replace(schedule, exceptions=()) for key, schedule in site.schedules.items()}
    zones = {key: replace(zone, capacity=None) for key, zone in site.zones.items()}
    return replace(site, schedules=schedules, zones=zones)


def _hours(before: Site, after: Site, now: Utc) -> list[_Hour]:
    """Return the parts of the coming week in which no schedule opens or closes."""
    zone = ZoneInfo(before.time_zone)
    first = now.astimezone(zone).date() + timedelta(days=1)
    parts = []
    for day in (first + timedelta(days=n) for n in range(7)):
        clocks = _clocks(before, day.weekday()) | _clocks(after, day.weekday())
        edges = sorted(clocks | {0, 24 * 60})
        for start, end in pairwise(edges):
            at, middle = (
                Utc.of(datetime.combine(day, time(0), zone) + timedelta(minutes=minutes))
                for minutes in (start, (start + end) // 2)
            )
            parts.append(_Hour(at, middle))
    return parts


def _clocks(site: Site, weekday: int) -> set[int]:
    """Return the minutes of a weekday at which a schedule opens or closes.

    A window's end past midnight belongs to the next day.
    """
    minutes = set()
    for schedule in site.schedules.values():
        for window in schedule.weekly:
            ends_next_day = window.end <= window.start and window.end != time(0)
            if window.weekday == weekday:
                minutes.add(_minutes(window.start))
            if (window.weekday + ends_next_day) % 7 == weekday:
                minutes.add(_minutes(window.end))
    return minutes


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def with_schedule(site: Site, key: str, new: facts.Schedule) -> Site:
    """Return the site with one schedule replaced."""
    return replace(site, schedules={**site.schedules, key: new})


def with_plan(site: Site, key: str, new: facts.Plan) -> Site:
    """Return the site with one plan replaced."""
    return replace(site, plans={**site.plans, key: new})


def stranded_bookings(
    db: Session,
    before: Site,
    after: Site,
    *,
    now: Utc,
    within: Sequence[tuple[Utc, Utc]] | None = None,
) -> tuple[StrandedBooking, ...]:
    """Return future bookings at times at which their members could no longer enter.

    `within` limits the search to times at which the two versions of the site differ.
    """
    periods = [
        and_(BookingRow.ends_at > start, BookingRow.starts_at < end) for start, end in within or ()
    ]
    bookings = (
        select(
            BookingRow.id,
            BookingRow.member_id,
            BookingRow.access_point_id,
            BookingRow.zone_id,
            BookingRow.starts_at,
            BookingRow.ends_at,
            MemberRow.display_name,
            AccessPointRow.zone_id.label("machine_zone"),
        )
        .join(MemberRow, MemberRow.id == BookingRow.member_id)
        .outerjoin(AccessPointRow, AccessPointRow.id == BookingRow.access_point_id)
        .where(
            BookingRow.site_id == before.id,
            BookingRow.closed_at.is_(None),
            BookingRow.ends_at > now,
            true() if within is None else or_(false(), *periods),
        )
        .order_by(BookingRow.starts_at)
        .limit(BOOKINGS if within is None else None)
    )
    may_differ = _difference(before, after)
    booked = [
        (row, moments)
        for row in db.execute(bookings)
        if any(map(may_differ, moments := _ends_of(row.starts_at, row.ends_at, now)))
    ]
    if not booked:
        return ()
    people = read_fields(db, "member", before.id, list({row.member_id for row, _ in booked}), now)
    return tuple(
        StrandedBooking(
            booking=row.id,
            member_id=row.member_id,
            name=row.display_name,
            thing=row.access_point_id or row.zone_id or "",
            starts_at=row.starts_at,
            ends_at=row.ends_at,
        )
        for row, moments in booked
        if (fields := people.get(row.member_id)) is not None
        and _falls_out(
            Holder(**fields),
            facts_of.entrance(row.zone_id or row.machine_zone or ""),
            moments,
            before,
            after,
        )
    )


def _ends_of(starts_at: Utc, ends_at: Utc, now: Utc) -> tuple[Utc, Utc]:
    """Return the first and the last moment of a booking that are still ahead."""
    return max(starts_at, now), Utc.of(ends_at - timedelta(milliseconds=1))


def _difference(before: Site, after: Site) -> Callable[[Utc], bool]:
    """Return a function which tells whether a decision may differ between the two versions of the
    site at a time."""
    if replace(before, schedules=after.schedules) != after or before.schedules.keys() != (
        after.schedules.keys()
    ):
        return lambda _at: True
    pairs = [(old, after.schedules[key]) for key, old in before.schedules.items()]
    changed = [(old, new) for old, new in pairs if old != new]

    def differs(at: Utc) -> bool:
        return any(
            is_open(old, before.time_zone, at) != is_open(new, before.time_zone, at)
            for old, new in changed
        )

    return cache(differs)  # many bookings begin or end at the same time


def _falls_out(
    holder: Holder, point: AccessPoint, moments: Iterable[Utc], before: Site, after: Site
) -> bool:
    context = Context(assurance=Assurance.AES, clock_trusted=True, policy_age_s=0.0)
    return any(
        denial_reason(holder, point, after, at, context) in _CLOSED  # seldom true, so it is first
        and denial_reason(holder, point, before, at, context) not in _CLOSED
        for at in moments
    )
