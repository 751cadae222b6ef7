"""Counts visitors, presence, volunteers, outages, repairs, revenue, and stated traits."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.billing import remissions, upcoming_charges
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.outages import outages_at
from controller.capabilities.maintenance.models import MaintenanceDone, MaintenanceRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence.models import Occupancy
from controller.capabilities.presence.occupancy import QUARTER_MIN
from controller.capabilities.statistics import traits, visitors
from controller.capabilities.statistics.models import VolunteerTime
from controller.capabilities.statistics.scope import Row, Scope
from controller.capabilities.statistics.shapes import Figure
from controller.capabilities.user_reports.models import ToldKind, ToldState, UserReport
from controller.domain.facts import PointKind

_QUARTER_MS = QUARTER_MIN * 60_000
REMISSION = "remission"
"""The part for remissions; other parts are kinds of charges."""


def visitor_rows(db: Session, scope: Scope) -> Iterator[Row]:
    """Yield the number of visitors by category; the days are not stored."""
    counts = visitors.by_public(db, scope.site_id, scope.first, scope.last)
    for month, publics in sorted(counts.items()):
        for public, people in sorted(publics.items()):
            yield Row(month, Figure.VISITORS, "", people)
            yield Row(month, Figure.PUBLIC_VISITORS, public, people)


def visitor_answers(db: Session, scope: Scope) -> Iterator[Row]:
    """Yield counts of the traits that visitors stated, without those who stated nothing."""
    counts = traits.by_trait(db, scope.site_id, scope.first, scope.last)
    for month, by_trait in sorted(counts.items()):
        for trait, values in by_trait.items():
            for value, people in sorted(values.items()):
                yield Row(month, Figure(trait.value), value, people)


def presence_rows(db: Session, scope: Scope) -> Iterator[Row]:
    """Yield, by room, the people who came in, and presence as the sum of the quarter-hours'
    peaks."""
    sums = (func.sum(Occupancy.entries), func.sum(Occupancy.peak))
    # by room, as the primary key: an index by site would have to be sorted by room
    of_site = Occupancy.zone_id.in_(select(ZoneRow.id).where(ZoneRow.site_id == scope.site_id))
    for when, start, end in scope.spans():
        rows = select(Occupancy.zone_id, *sums).where(
            of_site, Occupancy.quarter >= start, Occupancy.quarter < end
        )
        for zone, entries, peaks in db.execute(rows.group_by(Occupancy.zone_id)):
            if entries:
                yield Row(when, Figure.ENTRIES, zone, int(entries))
            if peaks:
                yield Row(when, Figure.PRESENCE, zone, int(peaks) * _QUARTER_MS)


def volunteers(db: Session, scope: Scope) -> Iterator[Row]:
    """Yield the recorded time of volunteers, except what was taken back."""
    first, after = scope.days
    rows = select(VolunteerTime).where(
        VolunteerTime.site_id == scope.site_id,
        VolunteerTime.day >= first,
        VolunteerTime.day < after,
        VolunteerTime.taken_back_at.is_(None),
    )
    for row in db.scalars(rows.order_by(VolunteerTime.day, VolunteerTime.id)):
        part = row.what if scope.by_day else ""
        yield Row(scope.label(row.day), Figure.VOLUNTEERS, part, row.minutes * 60_000)


def stops(db: Session, scope: Scope) -> Iterator[Row]:
    """Yield how long machines were out of service, and how many outages began."""
    start, end = scope.times
    machines = select(AccessPointRow.id).where(
        AccessPointRow.site_id == scope.site_id, AccessPointRow.kind == PointKind.MACHINE
    )
    for point, outages in outages_at(db, list(db.scalars(machines)), scope.now).items():
        for outage in outages:
            if start <= outage.start < end:
                yield Row(scope.when(outage.start), Figure.STOPS, point, 1)
            for when, lasted in scope.split(outage.start, outage.end):
                yield Row(when, Figure.DOWNTIME, point, lasted)


def repairs(db: Session, scope: Scope) -> Iterator[Row]:
    """Yield maintenance that was done, and reported faults that were repaired."""
    start, end = scope.times
    maintenance = (
        select(MaintenanceDone.at, MaintenanceRow.access_point_id)
        .join(MaintenanceRow, MaintenanceRow.id == MaintenanceDone.maintenance_id)
        .where(MaintenanceDone.site_id == scope.site_id)
        .where(MaintenanceDone.at >= start, MaintenanceDone.at < end)
    )
    mended = select(UserReport.done_at, UserReport.access_point_id).where(
        UserReport.site_id == scope.site_id,
        UserReport.kind == ToldKind.FAULT,
        UserReport.state == ToldState.DONE,
        UserReport.done_at >= start,
        UserReport.done_at < end,
    )
    for at, point in (*db.execute(maintenance), *db.execute(mended)):
        if at is not None:
            yield Row(scope.when(at), Figure.REPAIRS, point or "", 1)


def revenue(db: Session, scope: Scope) -> Iterator[Row]:
    """Yield the revenue on the statements of these months, taxes included, by kind.

    Bookings that have not begun are left out.
    """
    when = ChargeRow.day if scope.by_day else ChargeRow.month
    reversed_charge, remits = remissions.reversed_charge()
    key = (when, ChargeRow.source_kind, remits)
    rows = select(*key, func.sum(ChargeRow.amount_cents)).where(
        ChargeRow.site_id == scope.site_id,
        ChargeRow.month >= scope.first,
        ChargeRow.month <= scope.last,
        ~upcoming_charges.is_upcoming(db, scope.site_id, scope.now),
    )
    rows = rows.outerjoin(reversed_charge, reversed_charge.id == ChargeRow.counters_id)
    for at, kind, is_remission, cents in db.execute(rows.group_by(*key)):
        amount, part = int(cents), REMISSION if is_remission else str(kind)
        if amount:
            yield Row(str(at), Figure.REVENUE, part, amount)
