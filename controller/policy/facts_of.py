"""The facts as an agent has them, built from the tables: for previews, explanations and pages."""

from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places.models import ScheduleRow, SiteRow, ZoneRow
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.training.models import CertificationRow
from controller.domain.facts import (
    AccessPoint,
    Booking,
    Certification,
    CredentialStatus,
    Holder,
    Name,
    Plan,
    PointKind,
    Schedule,
    Site,
    Window,
    Zone,
)
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.kernel.errors import NotFound
from controller.policy.compile import compile_table, point_of
from controller.policy.holders import compile_holders, compile_people
from controller.policy.reading import chunks, fact

V = TypeVar("V")


def site(db: Session, site_id: str) -> Site:
    """The site with everything shared by its access points. Raises NotFound."""
    row = db.get(SiteRow, site_id)
    if row is None:
        raise NotFound("site", site_id)
    return Site(
        id=row.id,
        name=fact(row.name, Name),
        time_zone=row.time_zone,
        language=row.language,
        opening=row.opening,
        schedules=_table(db, site_id, "schedule", ScheduleRow, Schedule),
        plans=_table(db, site_id, "plan", PlanRow, Plan),
        zones=_table(db, site_id, "zone", ZoneRow, Zone),
        certifications=_table(db, site_id, "certification", CertificationRow, Certification),
    )


def points(db: Session, site_id: str) -> list[AccessPoint]:
    """The site's access points, ordered by id."""
    statement = select(AccessPointRow).where(AccessPointRow.site_id == site_id)
    return [point_of(row) for row in db.scalars(statement.order_by(AccessPointRow.id))]


def point(db: Session, access_point_id: str) -> AccessPoint:
    """One access point. Raises NotFound."""
    row = db.get(AccessPointRow, AccessPointId(access_point_id))
    if row is None:
        raise NotFound("access point", access_point_id)
    return point_of(row)


def best_holder(db: Session, member_id: str, site_id: str, now: Utc) -> Holder | None:
    """The holder at a site behind the member's best badge: one that works now, of the highest
    assurance. None: without a badge, or not known there."""
    holders = compile_holders(db, site_id, [member_id], now)
    newest_last = select(CredentialRow.holder_key).where(CredentialRow.member_id == member_id)
    keys = db.scalars(newest_last.order_by(CredentialRow.id))
    ordered = [holders[key] for key in keys if key in holders]
    return max(ordered, key=lambda each: _worth(each, now), default=None)


def person(db: Session, member_id: str, site_id: str, now: Utc) -> Holder | None:
    """The member's best badge, else the member as if with one; None: not known at the site."""
    badge = best_holder(db, member_id, site_id, now)
    return badge or compile_people(db, site_id, [member_id], now).get(member_id)


def entrance(zone_id: str) -> AccessPoint:
    """What being in a zone asks, whichever way one came in: a subscription that opens it."""
    return AccessPoint(
        id=AccessPointId("entrance"), kind=PointKind.DOOR, zone=zone_id, commissioned=True
    )


def windows(db: Session, site_id: str, now: Utc) -> tuple[Window, ...]:
    """The supervision windows that are open now."""
    statement = select(WindowRow.id).where(
        WindowRow.site_id == site_id, WindowRow.closed_at.is_(None), WindowRow.until > now
    )
    values = compile_table(db, site_id, "window", list(db.scalars(statement)))
    return tuple(each for each in values.values() if isinstance(each, Window))


def bookings(db: Session, site_id: str) -> tuple[Booking, ...]:
    """The bookings of access points that stand in the policy."""
    statement = select(BookingRow.id).where(
        BookingRow.site_id == site_id,
        BookingRow.closed_at.is_(None),
        BookingRow.access_point_id.is_not(None),
    )
    found: list[Booking] = []
    for keys in chunks(db.scalars(statement)):
        values = compile_table(db, site_id, "booking", keys)
        found += [each for each in values.values() if isinstance(each, Booking)]
    return tuple(found)


def _worth(holder: Holder, now: Utc) -> tuple[bool, bool, int]:
    begun = holder.valid_from is None or holder.valid_from <= now
    lasts = holder.valid_until is None or now < holder.valid_until
    level = list(type(holder.assurance)).index(holder.assurance)
    return holder.status is CredentialStatus.ACTIVE, begun and lasts, level


def _table(db: Session, site_id: str, table: str, model: type[Any], kind: type[V]) -> dict[str, V]:
    keys = list(db.scalars(select(model.id)))
    values = compile_table(db, site_id, table, keys)
    return {key: value for key, value in values.items() if isinstance(value, kind)}
