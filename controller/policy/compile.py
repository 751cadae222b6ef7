"""Compile a site's policy rows from the tables; reads columns, never objects held in memory."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import HubKey
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import ScheduleRow, SiteRow, ZoneRow
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.scope import counts_at
from controller.domain.facts import (
    AccessPoint,
    Booking,
    Certification,
    DoorRules,
    Name,
    Plan,
    Requirement,
    Schedule,
    SessionRules,
    Window,
    Zone,
)
from controller.domain.ids import AccessPointId, MemberRef
from controller.policy.next_sessions import next_sessions
from controller.policy.reading import fact
from controller.wire import rows as wire


def compile_table(db: Session, site_id: str, table: str, keys: list[str]) -> dict[str, object]:
    """The values of these rows; a key without a value is gone. Not for table `holder`."""
    compilers = {
        "site": _sites,
        "zone": _zones,
        "plan": _plans,
        "schedule": _schedules,
        "certification": _certifications,
        "point": _points,
        "window": _windows,
        "booking": _bookings,
    }
    return dict(compilers[table](db, site_id, keys))


def _sites(db: Session, site_id: str, _keys: list[str]) -> Iterator[tuple[str, object]]:
    row = db.execute(
        select(SiteRow.name, SiteRow.time_zone, SiteRow.language, SiteRow.opening).where(
            SiteRow.id == site_id
        )
    ).one()
    keys = db.execute(
        select(HubKey.kid, HubKey.public_key)
        .where(HubKey.retired_at.is_(None))
        .order_by(HubKey.kid)
    )
    yield (
        site_id,
        wire.SiteRow(
            id=site_id,
            name=fact(row.name, Name),
            time_zone=row.time_zone,
            language=row.language,
            opening=row.opening,
            hub_keys=tuple(wire.HubKey(kid=each.kid, public_key=each.public_key) for each in keys),
        ),
    )


def _zones(db: Session, site_id: str, keys: list[str]) -> Iterator[tuple[str, object]]:
    inside = (
        select(PresenceRow.zone_id, func.sum(PresenceRow.heads))
        .where(PresenceRow.zone_id.in_(keys))
        .group_by(PresenceRow.zone_id)
    )
    counts = {zone: int(heads) for zone, heads in db.execute(inside)}
    for row in db.execute(
        select(ZoneRow.id, ZoneRow.name, ZoneRow.capacity, ZoneRow.window_max_min).where(
            ZoneRow.site_id == site_id, ZoneRow.id.in_(keys)
        )
    ):
        yield (
            row.id,
            Zone(
                name=fact(row.name, Name),
                capacity=row.capacity,
                window_max_min=row.window_max_min,
                present=counts.get(row.id, 0),
            ),
        )


def _plans(db: Session, site_id: str, keys: list[str]) -> Iterator[tuple[str, object]]:
    for row in db.execute(
        select(
            PlanRow.id, PlanRow.name, PlanRow.schedule_id, PlanRow.zones, PlanRow.outside_opening
        ).where(PlanRow.site_id == site_id, PlanRow.id.in_(keys))
    ):
        yield (
            row.id,
            Plan(
                name=fact(row.name, Name),
                schedule=row.schedule_id,
                zones=tuple(row.zones),
                outside_opening=row.outside_opening,
            ),
        )


def _schedules(db: Session, site_id: str, keys: list[str]) -> Iterator[tuple[str, object]]:
    for row in db.execute(
        select(ScheduleRow.id, ScheduleRow.data).where(
            ScheduleRow.site_id == site_id, ScheduleRow.id.in_(keys)
        )
    ):
        yield row.id, fact(row.data, Schedule)


def _certifications(db: Session, site: str, keys: list[str]) -> Iterator[tuple[str, object]]:
    sessions = next_sessions(db, site)
    for row in db.execute(
        select(CertificationRow.id, CertificationRow.name, CertificationRow.kind).where(
            CertificationRow.id.in_(keys), counts_at(CertificationRow, [site])
        )
    ):
        found = sessions.get(row.id)
        yield (
            row.id,
            Certification(
                name=fact(row.name, Name),
                kind=row.kind,
                next_session=found.starts_at if found is not None else None,
            ),
        )


def _points(db: Session, site_id: str, keys: list[str]) -> Iterator[tuple[str, object]]:
    columns = AccessPointRow.__table__.c
    for row in db.execute(select(*columns).where(columns.site_id == site_id, columns.id.in_(keys))):
        yield row.id, point_of(row)


def _windows(db: Session, site_id: str, keys: list[str]) -> Iterator[tuple[str, object]]:
    for row in db.execute(
        select(
            WindowRow.id,
            WindowRow.zone_id,
            WindowRow.supervisor,
            WindowRow.opened_at,
            WindowRow.until,
        ).where(
            WindowRow.site_id == site_id,
            WindowRow.id.in_(keys),
            WindowRow.opened_at.is_not(None),
            WindowRow.until.is_not(None),
            WindowRow.closed_at.is_(None),
            WindowRow.supervisor.is_not(None),
        )
    ):
        supervisor = MemberRef(row.supervisor)
        yield (
            row.id,
            Window(
                zone=row.zone_id, supervisor=supervisor, opened_at=row.opened_at, until=row.until
            ),
        )


def _bookings(db: Session, site_id: str, keys: list[str]) -> Iterator[tuple[str, object]]:
    for row in db.execute(
        select(
            BookingRow.id,
            BookingRow.access_point_id,
            BookingRow.starts_at,
            BookingRow.ends_at,
            MemberRow.ref,
        )
        .join(MemberRow, MemberRow.id == BookingRow.member_id)
        .where(
            BookingRow.site_id == site_id,
            BookingRow.id.in_(keys),
            BookingRow.access_point_id.is_not(None),
            BookingRow.closed_at.is_(None),
        )
    ):
        yield (
            row.id,
            Booking(
                access_point=AccessPointId(row.access_point_id),
                member=MemberRef(row.ref),
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            ),
        )


def point_of(row: Any) -> AccessPoint:
    """The fact of an access point, from its row or its columns."""
    return AccessPoint(
        id=AccessPointId(row.id),
        kind=row.kind,
        agent=row.agent_id,
        name=fact(row.name, Name),
        icon=row.icon,
        zone=row.zone_id,
        from_zone=row.from_zone_id,
        in_service=row.in_service,
        service_reason=row.service_reason,
        commissioned=row.commissioned,
        risk=row.risk,
        requirement=fact(row.requirement, Requirement),
        session=fact(row.session, SessionRules),
        door=fact(row.door, DoorRules),
        policy_max_age_s=row.policy_max_age_s,
        needs=tuple(row.needs),
    )
