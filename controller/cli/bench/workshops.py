"""Add twelve rooms of machines to a place, with boxes, states, bookings and a month of use."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.machines.models import AccessPointRow, PointStateRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence.models import Occupancy
from controller.capabilities.usage.models import UsageDay
from controller.cli.bench.crowd import rows
from controller.cli.demo.place import SITE_ID
from controller.domain.facts import PointKind, Risk
from controller.domain.states import MachinePhase
from controller.domain.time import Utc
from controller.wire.ids import uuid7

MACHINES = 300
"""Number of machines in total, including existing ones."""
ROOMS, MACHINES_PER_BOX, WEEK_BOOKINGS = 12, 4, 1_500
_DAYS = 30
_ZONE = ZoneInfo("Europe/Paris")
_KINDS = ("Imprimante 3D", "Découpe laser", "Fraiseuse", "Tour à bois", "Brodeuse", "Scie à ruban")
_STATES = (MachinePhase.OFF, MachinePhase.OFF, MachinePhase.RUNNING, MachinePhase.ARMED)
_OUT_EVERY = 15


def add(db: Session, now: Utc) -> None:
    """Add machines until the place has `MACHINES`."""
    machines = select(func.count()).where(AccessPointRow.kind == PointKind.MACHINE)
    numbers = range(MACHINES - (db.scalar(machines) or 0))
    boxes = range(-(-len(numbers) // MACHINES_PER_BOX))
    rows(db, ZoneRow, [_room(number) for number in range(ROOMS)])
    rows(db, AgentRow, [_box(number, now) for number in boxes])
    rows(db, AgentState, [_box_state(number, now) for number in boxes])
    rows(db, AccessPointRow, [_machine(number) for number in numbers])
    rows(db, PointStateRow, [_state(number, now) for number in numbers])
    rows(db, UsageDay, [day for number in numbers for day in _usage_days(number, now)])
    rows(db, BookingRow, list(_bookings(db, len(numbers), now)))
    rows(db, Occupancy, list(_presence(now)))


def _key(number: int) -> str:
    return f"poste-{number:03d}"


def _box_key(number: int) -> str:
    return f"boitier-{number:02d}"


def _room(number: int) -> dict[str, Any]:
    name = {"fr": f"Salle des machines {number + 1}", "en": f"Machine room {number + 1}"}
    return {
        "id": f"salle-machines-{number:02d}",
        "site_id": SITE_ID,
        "name": name,
        "capacity": 20,
        "row_version": 1,
    }


def _box(number: int, now: Utc) -> dict[str, Any]:
    return {
        "id": _box_key(number),
        "site_id": SITE_ID,
        "name": {"fr": f"Boîtier {number + 1}", "en": f"Box {number + 1}"},
        "created_at": now,
        "enrolled_at": now,
        "row_version": 1,
    }


def _box_state(number: int, now: Utc) -> dict[str, Any]:
    return {
        "agent_id": _box_key(number),
        "online": number > 0,
        "connection": 1,
        "protocols": [],
        "epoch": 1,
        "policy_version": 1,
        "seen_at": now,
    }


def _machine(number: int) -> dict[str, Any]:
    kind = _KINDS[number % len(_KINDS)]
    is_out = number % _OUT_EVERY == 0
    return {
        "id": _key(number),
        "site_id": SITE_ID,
        "agent_id": _box_key(number // MACHINES_PER_BOX),
        "kind": PointKind.MACHINE,
        "name": {"fr": f"{kind} {number + 1}", "en": f"{kind} {number + 1}"},
        "icon": "cog",
        "zone_id": f"salle-machines-{number % ROOMS:02d}",
        "in_service": not is_out,
        "service_reason": "courroie à changer" if is_out else None,
        "commissioned": True,
        "risk": Risk.LOW,
        "requirement": {"certifications": [["reglement"]]},
        "session": {},
        "door": {},
        "needs": [],
        "row_version": 1,
    }


def _state(number: int, now: Utc) -> dict[str, Any]:
    is_out = number % _OUT_EVERY == 0
    state = MachinePhase.OUT_OF_SERVICE if is_out else _STATES[number % len(_STATES)]
    return {
        "access_point_id": _key(number),
        "agent_id": _box_key(number // MACHINES_PER_BOX),
        "state": state,
        "since": Utc.of(now - timedelta(minutes=number)),
        "available": state is MachinePhase.OFF,
        "warning": False,
        "faults": [],
        "received_at": now,
    }


def _usage_days(number: int, now: Utc) -> Iterator[dict[str, Any]]:
    today = now.astimezone(_ZONE).date()
    for ago in range(number % 3, _DAYS, 3):
        active = (1 + number % 7) * 900_000
        yield {
            "site_id": SITE_ID,
            "day": today - timedelta(days=ago),
            "access_point_id": _key(number),
            "organisation_id": "",
            "project_id": "",
            "public": "",
            "sessions": 1,
            "active_ms": active,
            "idle_ms": 300_000,
            "powered_ms": active + 300_000,
            "material_mg": 0,
        }


def _bookings(db: Session, machines: int, now: Utc) -> Iterator[dict[str, Any]]:
    """Yield bookings of an hour each, on all days of this week."""
    members = db.scalars(select(MemberRow.id).where(MemberRow.site_id == SITE_ID).limit(machines))
    people = list(members)
    today = now.astimezone(_ZONE).date()
    monday = today - timedelta(days=today.weekday())
    for number in range(WEEK_BOOKINGS):
        day = monday + timedelta(days=number // machines % 7)
        start = Utc.of(Utc.midnight(day, _ZONE) + timedelta(hours=8 + number % 11))
        end = Utc.of(start + timedelta(hours=1))
        yield {
            "id": uuid7(),
            "site_id": SITE_ID,
            "member_id": people[number % len(people)],
            "access_point_id": _key(number % machines),
            "starts_at": start,
            "ends_at": end,
            "created_by": "bench",
            "created_at": now,
            "closed_at": end if end < now else None,
            "row_version": 1,
        }


def _presence(now: Utc) -> Iterator[dict[str, Any]]:
    """Yield presence for each quarter of an hour, as doors would have counted it."""
    today = now.astimezone(_ZONE).date()
    for room in range(ROOMS):
        for ago in range(_DAYS):
            midnight = Utc.midnight(today - timedelta(days=ago), _ZONE)
            for quarter in range(8 * 4, 19 * 4):
                at = Utc.of(midnight + timedelta(minutes=15 * quarter))
                if at < now:
                    zone, heads = f"salle-machines-{room:02d}", 1 + (room + quarter) % 9
                    yield {
                        "site_id": SITE_ID,
                        "zone_id": zone,
                        "quarter": at,
                        "peak": heads,
                        "entries": heads,
                    }
