"""A month in which a place had people in: October 2026."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import SiteRow, ZoneRow
from controller.capabilities.presence.models import Occupancy
from controller.capabilities.training.models import CourseSessionKind, CourseSessionRow
from controller.capabilities.usage.models import SessionRow, UsageDay
from controller.domain.facts import Language, MemberStatus
from controller.domain.time import Utc
from controller.wire.ids import uuid7

PARIS = ZoneInfo("Europe/Paris")
MONTH = "2026-10"
PEOPLE = {"inhabitant": 96, "association": 41, "entrepreneur": 19, "public_servant": 6}
"""Who used a machine, by public."""


def at(day: int, hour: int, minute: int = 0) -> Utc:
    """A moment of that October, there."""
    return Utc.of(datetime(2026, 10, day, hour, minute, tzinfo=PARIS))


def fill(db: Session, site: str, zone: str, machine: str, agent: str) -> None:
    """The room on each Wednesday, the machine, its people, and courses."""
    db.get_one(ZoneRow, zone).capacity = 20
    db.get_one(SiteRow, site).created_at = at(1, 0)
    for day in (7, 14, 21, 28):
        for quarter in range(4):
            db.add(_occupied(site, zone, at(day, 14, 15 * quarter), 18))
        db.add(_occupied(site, zone, at(day, 23), 4))
    people = [public for public, count in PEOPLE.items() for _ in range(count)]
    for number, public in enumerate(people):
        member = _member(site, public)
        db.add(member)
        db.add(_session(site, machine, agent, member.ref, at(1 + number % 28, 15)))
    db.add(_usage(site, machine))
    for headcount, places in ((30, None), (6, 12), (20, 24)):
        db.add(_course(site, headcount, places))
    db.flush()


def _occupied(site: str, zone: str, quarter: Utc, peak: int) -> Occupancy:
    return Occupancy(zone_id=zone, quarter=quarter, site_id=site, peak=peak, entries=peak)


def _member(site: str, public: str) -> MemberRow:
    return MemberRow(
        id=uuid7(),
        ref=uuid7(),
        site_id=site,
        display_name="Somebody",
        language=Language.FR,
        categories=[public],
        aids=[],
        status=MemberStatus.ACTIVE,
        created_at=at(1, 0),
    )


def _session(site: str, machine: str, agent: str, ref: str, began: Utc) -> SessionRow:
    return SessionRow(
        id=uuid7(),
        site_id=site,
        agent_id=agent,
        access_point_id=machine,
        member_ref=ref,
        started_at=began,
        ended_at=Utc.of(began + timedelta(hours=1)),
        active_s=3000.0,
        idle_s=600.0,
        powered_s=3600.0,
        gap_s=0.0,
        cause="badge_out",
    )


def _usage(site: str, machine: str) -> UsageDay:
    return UsageDay(
        site_id=site,
        day=date(2026, 10, 9),
        access_point_id=machine,
        organisation_id="",
        project_id="",
        public="",
        sessions=162,
        active_ms=61 * 3_600_000,
        idle_ms=0,
        powered_ms=70 * 3_600_000,
    )


def _course(site: str, headcount: int, places: int | None) -> CourseSessionRow:
    return CourseSessionRow(
        id=uuid7(),
        site_id=site,
        kind=CourseSessionKind.WORKSHOP,
        starts_at=at(13, 14),
        ends_at=at(13, 16),
        places=places,
        theme="Réparer plutôt que jeter",
        headcount=headcount,
        is_open=False,
        created_by="system:test",
    )
