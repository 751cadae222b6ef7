"""What somebody did in a month at a site, read from the rooms that know, for reckoning."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing import months
from controller.capabilities.billing.models import MoneyEntry
from controller.capabilities.billing.reckoning import Source
from controller.capabilities.billing.words import SourceKind
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.models import PassRow, PlanRow, SubscriptionRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.policy.reading import chunks


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """What is reckoned together: a person's month at a site."""

    site_id: str
    month: str
    ref: str
    """By which sessions know the person, or the group; empty: at the counter, by nobody known."""


@dataclass(frozen=True, slots=True)
class _Reading:
    db: Session
    unit: Unit
    member_id: str | None
    zone: ZoneInfo
    plans: "Then"

    @property
    def bounds(self) -> tuple[Utc, Utc]:
        return months.bounds(self.unit.month, self.zone)

    def day(self, at: Utc) -> date:
        return months.day_of(at, self.zone)


def member_of(db: Session, ref: str) -> str | None:
    """The member who is called so; None: a group, nobody, or somebody erased."""
    return db.scalar(select(MemberRow.id).where(MemberRow.ref == ref)) if ref else None


def read(db: Session, unit: Unit) -> list[Source]:
    """Everything that may be charged, in no order."""
    member_id = member_of(db, unit.ref)
    reading = _Reading(
        db,
        unit,
        member_id,
        months.zone_of(db, unit.site_id),
        plans_of(db, unit.site_id, [unit.ref])[unit.ref],
    )
    found = [*_entries(reading)]
    if unit.ref:
        found += _sessions(reading)
    if member_id is not None:
        found += [*_bookings(reading), *_passes(reading), *_subscriptions(reading)]
    return found


Then = Callable[[Utc], frozenset[str]]
"""The plans to which somebody was subscribed at a time."""


def plans_of(db: Session, site_id: str, refs: Collection[str]) -> dict[str, Then]:
    """Of each of these people, all read together."""
    found: dict[str, list[tuple[str, Utc, Utc | None]]] = {ref: [] for ref in refs}
    for some in chunks(sorted(refs)):
        rows = db.execute(
            select(
                MemberRow.ref,
                SubscriptionRow.plan_id,
                SubscriptionRow.valid_from,
                SubscriptionRow.valid_until,
            )
            .join(MemberRow, MemberRow.id == SubscriptionRow.member_id)
            .join(PlanRow, PlanRow.id == SubscriptionRow.plan_id)
            .where(MemberRow.ref.in_(some), PlanRow.site_id == site_id)
        )
        for ref, plan, start, end in rows:
            found[ref].append((plan, start, end))
    return {ref: _then(periods) for ref, periods in found.items()}


def _then(periods: list[tuple[str, Utc, Utc | None]]) -> Then:
    return lambda at: frozenset(
        plan for plan, start, end in periods if start <= at and (end is None or at < end)
    )


def _sessions(reading: _Reading) -> Iterator[Source]:
    start, end = reading.bounds
    rows = reading.db.execute(
        select(*SessionRow.__table__.c).where(
            SessionRow.member_ref == reading.unit.ref,
            SessionRow.site_id == reading.unit.site_id,
            SessionRow.started_at >= start,
            SessionRow.started_at < end,
            SessionRow.ended_at.is_not(None),
        )
    )
    for row in rows:
        yield session(row, reading.zone, reading.plans)


def session(row: Any, zone: ZoneInfo, plans: Then) -> Source:
    """A machine session as it is reckoned."""
    return Source(
        kind=SourceKind.SESSION,
        id=row.id,
        at=row.started_at,
        day=months.day_of(row.started_at, zone),
        thing=row.access_point_id,
        plans=plans(row.started_at),
        active_ms=round(row.active_s * 1000),
        powered_ms=round(row.powered_s * 1000),
        gap_ms=round(row.gap_s * 1000),
        cause=row.cause,
        course=row.course_session_id is not None,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
    )


def _bookings(reading: _Reading) -> Iterator[Source]:
    """Of rooms; what is booked of a machine is charged as it is used."""
    start, end = reading.bounds
    rows = reading.db.scalars(
        select(BookingRow).where(
            BookingRow.member_id == reading.member_id,
            BookingRow.site_id == reading.unit.site_id,
            BookingRow.zone_id.is_not(None),
            BookingRow.cancelled_at.is_(None),
            BookingRow.starts_at >= start,
            BookingRow.starts_at < end,
        )
    )
    for row in rows:
        yield Source(
            kind=SourceKind.BOOKING,
            id=row.id,
            at=row.starts_at,
            day=reading.day(row.starts_at),
            thing=str(row.zone_id),
            plans=reading.plans(row.starts_at),
            quantity=-(-(row.ends_at.millis() - row.starts_at.millis()) // 60_000),
            organisation_id=row.organisation_id,
            project_id=row.project_id,
        )


def _of_plans(reading: _Reading, model: Any) -> Any:
    start, end = reading.bounds
    return reading.db.scalars(
        select(model)
        .join(PlanRow, PlanRow.id == model.plan_id)
        .where(
            model.member_id == reading.member_id,
            PlanRow.site_id == reading.unit.site_id,
            model.valid_from >= start,
            model.valid_from < end,
        )
    )


def _passes(reading: _Reading) -> Iterator[Source]:
    for row in _of_plans(reading, PassRow):
        yield Source(
            kind=SourceKind.PASS,
            id=row.id,
            at=row.valid_from,
            day=reading.day(row.valid_from),
            thing=row.plan_id,
            pass_kind=row.kind.value,
            quantity=row.units,
        )


def _subscriptions(reading: _Reading) -> Iterator[Source]:
    for row in _of_plans(reading, SubscriptionRow):
        yield Source(
            kind=SourceKind.SUBSCRIPTION,
            id=row.id,
            at=row.valid_from,
            day=reading.day(row.valid_from),
            thing=row.plan_id,
        )


def _entries(reading: _Reading) -> Iterator[Source]:
    start, end = reading.bounds
    mine = MoneyEntry.member_id == reading.member_id
    if reading.unit.ref and reading.member_id is None:
        return  # a group enters nothing
    rows = reading.db.scalars(
        select(MoneyEntry).where(
            MoneyEntry.member_id.is_(None) if reading.member_id is None else mine,
            MoneyEntry.site_id == reading.unit.site_id,
            MoneyEntry.cancelled_at.is_(None),
            MoneyEntry.at >= start,
            MoneyEntry.at < end,
        )
    )
    for row in rows:
        yield Source(
            kind=SourceKind.ENTRY,
            id=row.id,
            at=row.at,
            day=reading.day(row.at),
            thing=row.article,
            quantity=row.quantity,
            remitted=row.remitted_cents,
            organisation_id=row.organisation_id,
            project_id=row.project_id,
        )
