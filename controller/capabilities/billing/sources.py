"""Reads what somebody used in a month at a site, from other features, for the calculation."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from controller.capabilities.billing import courses, months, payers, remissions
from controller.capabilities.billing.calculation import Source
from controller.capabilities.billing.cents import ZERO
from controller.capabilities.billing.courses import Courses, PrintMaterial
from controller.capabilities.billing.kinds import EntryKind, SourceKind
from controller.capabilities.billing.models import MoneyEntry, PaymentRow
from controller.capabilities.billing.remissions import RemittedSource
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.models import PassRow, PlanRow, SubscriptionRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.states import EndCause
from controller.domain.time import Utc
from controller.policy.reading import chunks


@dataclass(frozen=True, slots=True, order=True)
class MemberMonth:
    """A person's month at a site, which is calculated together."""

    site_id: str
    month: str
    ref: str
    """The reference of the person or group; empty for a sale to an unnamed customer."""


DAY = timedelta(days=1)
SourcesByMember = dict[str, list[Source]]
"""Sources that may be charged, by member reference."""


@dataclass(frozen=True, slots=True)
class _Reading:
    db: Session
    site_id: str
    zone: ZoneInfo
    start: Utc
    end: Utc
    refs: frozenset[str]
    members: Mapping[str, str]
    """The references of the members among `refs`, by their id."""
    plans: Mapping[str, "PlanHistory"]

    def day(self, at: Utc) -> date:
        return months.day_of(at, self.zone)


def members_of(db: Session, refs: Collection[str]) -> dict[str, str]:
    """Return the ids of members by reference; groups, unnamed customers and erased members have
    none."""
    statement = select(MemberRow.ref, MemberRow.id).where(MemberRow.ref.in_(set(refs) - {""}))
    return {row.ref: row.id for row in db.execute(statement)}


def read(
    db: Session, site_id: str, month: str, refs: Collection[str], members: Mapping[str, str]
) -> SourcesByMember:
    """Return everything of these people's month that may be charged, in no particular order.

    `members`: the ids of the members among them, by reference.
    """
    zone = months.zone_of(db, site_id)
    start, end = months.bounds(month, zone)
    reading = _Reading(
        db,
        site_id,
        zone,
        start,
        end,
        frozenset(refs),
        {key: ref for ref, key in members.items()},
        plans_of(db, site_id, refs),
    )
    sources: SourcesByMember = {ref: [] for ref in refs}
    for read_rows in (_entries, _sessions, _bookings, _passes, _subscriptions):
        for ref, source in read_rows(reading):
            sources[ref].append(source)
    return sources


@dataclass(frozen=True, slots=True)
class PlanHistory:
    """The plans that somebody was subscribed to, with start and end."""

    periods: Sequence[tuple[str, Utc, Utc | None]]

    def at(self, moment: Utc) -> frozenset[str]:
        """Return the plans at a given time."""
        return frozenset(
            plan
            for plan, start, end in self.periods
            if start <= moment and (end is None or moment < end)
        )

    def throughout(self, start: Utc, until: Utc) -> frozenset[str]:
        """Return the plans that are valid all this time, renewals included."""
        ends = [end for _plan, _start, end in self.periods if end and start < end < until]
        return frozenset.intersection(*map(self.at, (start, *ends)))


def plans_of(db: Session, site_id: str, refs: Collection[str]) -> dict[str, PlanHistory]:
    """Return the plans of each of these people."""
    periods_by_ref: dict[str, list[tuple[str, Utc, Utc | None]]] = {ref: [] for ref in refs}
    for batch in chunks(sorted(refs)):
        rows = db.execute(
            select(
                MemberRow.ref,
                SubscriptionRow.plan_id,
                SubscriptionRow.valid_from,
                SubscriptionRow.valid_until,
            )
            .join(MemberRow, MemberRow.id == SubscriptionRow.member_id)
            .join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
            .where(MemberRow.ref.in_(batch), PlanRow.site_id == site_id)
        )
        for ref, plan, start, end in rows:
            periods_by_ref[ref].append((plan, start, end))
    return {ref: PlanHistory(periods) for ref, periods in periods_by_ref.items()}


IS_CHARGED = and_(
    or_(SessionRow.ended_at.is_not(None), SessionRow.given_up_at.is_not(None)),
    SessionRow.is_doubtful.is_not(True),
)
"""SQL condition: the end of a machine session is known, or no longer waited for, and it is not in
doubt who used the machine."""
Sources = Iterator[tuple[str, Source]]
"""Pairs of member reference and source."""


def _sessions(reading: _Reading) -> Sources:
    rows = reading.db.execute(
        select(*SessionRow.__table__.c).where(
            SessionRow.member_ref.in_(reading.refs - {""}),
            SessionRow.site_id == reading.site_id,
            SessionRow.started_at >= reading.start,
            SessionRow.started_at < reading.end,
            IS_CHARGED,
        )
    ).all()
    session_courses = Courses.of(reading.db, rows)
    for row in rows:
        plans = reading.plans[row.member_ref]
        yield row.member_ref, session(row, reading.zone, plans, session_courses)


def session(row: Any, zone: ZoneInfo, plans: PlanHistory, session_courses: Courses) -> Source:
    """Return the source of a machine session.

    Use in a course is free. If the member did not attend the course, the whole session is charged;
    if the session went on after the course, at most the time after it (decision 0316). The course's
    organisation and project don't pay for such use, unless somebody chose them for this session.

    For a session of more than a day, only plans that are valid until its end count (decision 0253).
    A session without an end is treated like one whose box lost its power: it is charged for what
    was reported.
    """
    end = row.ended_at or max(row.state_at or row.started_at, row.started_at)
    days = max(1, -(-(end - row.started_at) // DAY))
    after = session_courses.time_after(row, end)
    is_in_course = after is not None and after <= timedelta(0)
    most_ms = math.inf if after is None or is_in_course else after / timedelta(milliseconds=1)
    on_bill = courses.is_on_bill(row, is_in_course=is_in_course)
    powered_ms, gap_ms = _cut(row.powered_s * 1000, row.gap_s * 1000, most_ms)
    return Source(
        kind=SourceKind.SESSION,
        id=row.id,
        at=row.started_at,
        day=months.day_of(row.started_at, zone),
        thing=row.access_point_id,
        days=days,
        plans=plans.at(row.started_at) if days == 1 else plans.throughout(row.started_at, end),
        active_ms=round(min(row.active_s * 1000, most_ms)),
        powered_ms=powered_ms,
        gap_ms=gap_ms,
        cause=row.cause if row.ended_at else EndCause.AGENT_RESTARTED,
        cut_by_payer=row.cut_by_own,
        course=is_in_course,
        organisation_id=row.organisation_id if on_bill else None,
        project_id=row.project_id if on_bill else None,
    )


def _cut(powered_ms: float, gap_ms: float, most_ms: float) -> tuple[int, int]:
    """Return the time that a machine was on and the gap in it, where at most `most_ms` count.

    The observed time is shortened, and not the gap, which may lie within the course.
    """
    powered = min(powered_ms, most_ms)
    observed = min(max(0.0, powered_ms - gap_ms), most_ms)
    gap = powered - observed if observed else min(gap_ms, most_ms)
    return round(powered), round(gap)


def _bookings(reading: _Reading) -> Sources:
    """Yield bookings of zones, with the plans that are valid until their end.

    Bookings of machines are not charged, only the use.
    """
    rows = reading.db.scalars(
        select(BookingRow).where(
            BookingRow.member_id.in_(reading.members),
            BookingRow.site_id == reading.site_id,
            BookingRow.zone_id.is_not(None),
            BookingRow.cancelled_at.is_(None),
            BookingRow.starts_at >= reading.start,
            BookingRow.starts_at < reading.end,
        )
    )
    for row in rows:
        ref = reading.members[str(row.member_id)]
        yield (
            ref,
            Source(
                kind=SourceKind.BOOKING,
                id=row.id,
                at=row.starts_at,
                day=reading.day(row.starts_at),
                thing=str(row.zone_id),
                plans=reading.plans[ref].throughout(
                    max(row.starts_at, row.created_at), row.ends_at
                ),
                quantity=started_minutes(row.starts_at, row.ends_at),
                organisation_id=row.organisation_id,
                project_id=row.project_id,
            ),
        )


def started_minutes(start: Utc, end: Utc) -> int:
    """Return how long a booking is, in started minutes."""
    return -(-(end.millis() - start.millis()) // 60_000)


def _of_plans(reading: _Reading, model: Any) -> Any:
    return reading.db.scalars(
        select(model)
        .join(PlanRow, PlanRow.id == model.plan_id)
        .where(
            model.member_id.in_(reading.members),
            PlanRow.site_id == reading.site_id,
            model.valid_from >= reading.start,
            model.valid_from < reading.end,
        )
    )


def _passes(reading: _Reading) -> Sources:
    for row in _of_plans(reading, PassRow):
        yield (
            reading.members[row.member_id],
            Source(
                kind=SourceKind.PASS,
                id=row.id,
                at=row.valid_from,
                day=reading.day(row.valid_from),
                thing=row.plan_id,
                pass_kind=row.kind.value,
                quantity=row.units,
            ),
        )


def _subscriptions(reading: _Reading) -> Sources:
    for row in _of_plans(reading, SubscriptionRow):
        yield (
            reading.members[row.member_id],
            Source(
                kind=SourceKind.SUBSCRIPTION,
                id=row.id,
                at=row.valid_from,
                day=reading.day(row.valid_from),
                thing=row.plan_id,
            ),
        )


def _entries(reading: _Reading) -> Sources:
    """Yield manual entries for members and unnamed customers; groups have none."""
    of_members = MoneyEntry.member_id.in_(reading.members)
    at_counter = MoneyEntry.member_id.is_(None)
    rows = reading.db.scalars(
        select(MoneyEntry).where(
            or_(of_members, at_counter) if "" in reading.refs else of_members,
            MoneyEntry.site_id == reading.site_id,
            MoneyEntry.cancelled_at.is_(None),
            MoneyEntry.at >= reading.start,
            MoneyEntry.at < reading.end,
        )
    )
    entries = rows.all()
    remitted_sources = remissions.of_entries(
        reading.db, [row for row in entries if row.remitted_cents]
    )
    articles = {row.id for row in entries if row.kind is EntryKind.ARTICLE}
    prints = courses.print_materials(reading.db, articles)
    sold = _paid_at_counter(reading.db, [row.id for row in entries if row.member_id is None])
    for row in entries:
        ref = reading.members[row.member_id] if row.member_id else ""
        day = reading.day(row.at)
        source = _entry(row, day, remitted_sources.get(row.id), prints.get(row.id))
        yield ref, replace(source, is_sold=row.id in sold)


def _paid_at_counter(db: Session, entry_ids: Collection[str]) -> set[str]:
    """Return which of these entries were paid as they were sold, without a name, by a payment that
    is not cancelled."""
    paid: set[str] = set()
    counter = aliased(PaymentRow)
    is_cancelled = exists().where(counter.counters_id == PaymentRow.id)
    for batch in chunks(sorted(entry_ids)):
        of_nobody = payers.pays(PaymentRow, payers.COUNTER)
        rows = select(PaymentRow.sold_id).where(PaymentRow.sold_id.in_(batch), of_nobody)
        valid = rows.where(PaymentRow.counters_id.is_(None), ~is_cancelled)
        paid.update(filter(None, db.scalars(valid)))
    return paid


def _entry(
    row: MoneyEntry, day: date, remitted: RemittedSource | None, printed: PrintMaterial | None
) -> Source:
    payer = printed or row
    return Source(
        kind=SourceKind.ENTRY,
        id=row.id,
        at=row.at,
        day=day,
        thing=row.article,
        quantity=row.quantity,
        remitted=row.remitted_cents,
        remits=remitted.source_id if remitted else "",
        remits_of=remitted.owed if remitted else ZERO,
        remits_day=remitted.day if remitted else None,
        remitted_before=remitted.remitted_before if remitted else ZERO,
        course=printed is not None and printed.is_in_course,
        is_settled=printed is not None and printed.is_settled,
        organisation_id=payer.organisation_id,
        project_id=payer.project_id,
    )
