"""How far Setup has come, read from what exists, so that it can be interrupted and resumed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import printed_codes
from controller.capabilities.agents import agents
from controller.capabilities.agents.models import AgentRow, ClaimCode
from controller.capabilities.agents.shapes import Agent
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.machines import access_points, commissioning
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.shapes import AccessPoint, Commissioning
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.capabilities.places import schedules, sites
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.places.shapes import Schedule, Site
from controller.capabilities.plans import plans
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.plans.shapes import Plan
from controller.capabilities.training.models import HeldRow
from controller.domain.facts import CredentialStatus, HeldStatus, Level, PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.journal import EventRow, known_numbers
from controller.kernel.models import AuditEntry
from controller.kernel.shapes import Label
from controller.policy.reading import from_json


class SetupStep(StrEnum):
    """The steps of Setup, in the recommended order."""

    PLACE = "place"
    ADMIN = "admin"
    HOURS = "hours"
    MACHINE = "machine"
    AGENT = "agent"
    BADGE = "badge"
    COMMISSIONING = "commissioning"
    TAP = "tap"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedItem:
    """Something that is shown by its name, such as a person."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The state of Setup: what exists already, and which steps are done."""

    site: Site
    named: bool
    """Whether a person has set or confirmed the site's name."""
    recoverable: bool
    """Whether an admin has a recovery code on paper."""
    opening: Schedule | None
    """The site's opening hours; None: always open, or not set yet."""
    plan: Plan | None
    """The first plan; None: there is none yet."""
    zone: Label | None
    """The name of the machine's zone, otherwise of the first zone."""
    point: AccessPoint | None
    """The machine being set up: the chosen one, otherwise the first that is not in service."""
    machines: tuple[NamedItem, ...]
    """All machines from which to choose."""
    agent: Agent | None
    """The machine's agent, otherwise the first that has no access point."""
    reader: str
    """The reader's driver as its Pi reported it, otherwise as proposed; empty: unknown."""
    commissioning: Commissioning | None
    person: NamedItem | None
    """The first member with an active badge."""
    asked: tuple[str, ...]
    """Certifications that the machine requires, one of each group."""
    lacks: tuple[str, ...]
    """Those of them that this person does not have."""
    trainerless: bool
    """Whether what the machine requires has no trainer yet."""
    granted_at: Utc | None
    """When a tap was first granted at the machine in service."""
    done: frozenset[SetupStep]

    def next_step(self, *, has_code: bool) -> SetupStep:
        """Return the first open step, otherwise the last.

        ADMIN only for those who may print a code.
        """
        left = [step for step in SetupStep if step not in self.done]
        hers = (step for step in left if has_code or step is not SetupStep.ADMIN)
        return next(hers, SetupStep.TAP)


def progress(
    db: Session, site_id: str, *, actor: Actor, now: Utc, machine: str | None = None
) -> Progress:
    """Return the state of Setup; `machine`: the chosen machine. Raises Forbidden, NotFound."""
    actor.require(Permission.RULES_WRITE, site_id)
    machines = _machines(db, site_id)
    point = _point(db, machines, machine, actor)
    person = _person(db, site_id)
    agent = _agent(db, site_id, point, actor, now)
    asked = _asked(point)
    made = None if point is None else commissioning.get(db, point.id, actor=actor)
    site = sites.get(db, site_id, actor=actor)
    found = Progress(
        site=site,
        named=_named(db, site_id),
        recoverable=printed_codes.admin_has_recovery_code(db, site_id),
        opening=schedules.get(db, site.opening, actor=actor) if site.opening else None,
        plan=_plan(db, site_id, actor),
        zone=_zone(db, site_id, point),
        point=point,
        machines=tuple(check.named for check in machines),
        agent=agent,
        reader=_reader(db, agent, point),
        commissioning=made,
        person=person,
        asked=asked,
        lacks=_lacks(db, person, asked),
        trainerless=bool(asked) and not _has_trainer(db, asked[0]),
        granted_at=_granted(db, point),
        done=frozenset(),
    )
    return _with_done(found)


def _with_done(found: Progress) -> Progress:
    point, agent, person = found.point, found.agent, found.person
    marks = {
        SetupStep.PLACE: found.named or point is not None,
        SetupStep.ADMIN: found.recoverable,
        SetupStep.HOURS: found.plan is not None,
        SetupStep.MACHINE: point is not None,
        SetupStep.AGENT: agent is not None and point is not None and _holds(agent, point),
        SetupStep.BADGE: point is not None and person is not None and not found.lacks,
        SetupStep.COMMISSIONING: point is not None and point.commissioned,
        SetupStep.TAP: found.granted_at is not None,
    }
    done = frozenset(step for step, is_done in marks.items() if is_done)
    return replace(found, done=done)


def _holds(agent: Agent, point: AccessPoint) -> bool:
    """Return whether the agent has the machine, and its reader and relay have answered.

    Until then somebody is still working on its wires. A machine in service was seen to work.
    """
    if point.agent_id != agent.id or agent.enrolled_at is None:
        return False
    told = devices_of(agent, point.id)
    return point.commissioned or all(
        device_name in told and told[device_name].get("ok", True)
        for device_name in ("reader", "power")
    )


def devices_of(agent: Agent | None, point_id: str) -> dict[str, Mapping[str, Any]]:
    """Return the state of a machine's reader and relay, by kind, as its Pi last reported it."""
    telemetry: Mapping[str, Any] = (agent.telemetry if agent else None) or {}
    return {
        str(device.get("device")): device
        for device in telemetry.get("devices") or ()
        if device.get("access_point") in (None, point_id) and not device.get("name")
    }


def _reader(db: Session, agent: Agent | None, point: AccessPoint | None) -> str:
    if agent is None or point is None:
        return ""
    proposed = (
        select(ClaimCode.wiring)
        .where(ClaimCode.agent_id == agent.id, ClaimCode.wiring.is_not(None))
        .order_by(ClaimCode.created_at.desc())
        .limit(1)
    )
    told = select(AgentRow.wiring).where(AgentRow.id == agent.id)
    drivers = (
        driver for query in (told, proposed) for driver in _drivers(db.scalar(query), point.id)
    )
    return next(drivers, "")


def _drivers(wiring: Any, point_id: str) -> Iterator[str]:
    for access_point in (wiring or {}).get("access_points") or ():
        if access_point.get("id") == point_id and access_point.get("reader"):
            yield str(access_point["reader"].get("driver") or "")


def _named(db: Session, site_id: str) -> bool:
    by_somebody = (AuditEntry.action == "site_created") & AuditEntry.actor.not_like("system:%")
    said = or_(AuditEntry.action == "site_changed", by_somebody)
    return bool(db.scalar(select(exists().where(AuditEntry.subject == f"site:{site_id}", said))))


def _plan(db: Session, site_id: str, actor: Actor) -> Plan | None:
    first = select(PlanRow.id).where(PlanRow.site_id == site_id).order_by(PlanRow.id).limit(1)
    key = db.scalar(first)
    return None if key is None else plans.get(db, key, actor=actor)


def _zone(db: Session, site_id: str, point: AccessPoint | None) -> Label | None:
    here = select(ZoneRow.name).where(ZoneRow.site_id == site_id)
    if point is not None and point.zone_id is not None:
        here = here.where(ZoneRow.id == point.zone_id)
    name = db.scalar(here.order_by(ZoneRow.id).limit(1))
    return None if name is None else from_json(name, Label)


@dataclass(frozen=True, slots=True)
class _Machine:
    named: NamedItem
    commissioned: bool


def _machines(db: Session, site_id: str) -> list[_Machine]:
    row = AccessPointRow.__table__.c
    here = (row.site_id == site_id, row.kind == PointKind.MACHINE)
    found = db.execute(select(row.id, row.name, row.commissioned).where(*here).order_by(row.id))
    return [
        _Machine(NamedItem(id=key, name=_read(from_json(name, Label))), is_in)
        for key, name, is_in in found
    ]


def _read(name: Label) -> str:
    return name.fr or name.en or ""


def _point(
    db: Session, machines: Sequence[_Machine], chosen: str | None, actor: Actor
) -> AccessPoint | None:
    """Return the chosen machine, else the first that is not in service, else the first."""
    first = sorted(machines, key=lambda check: (check.named.id != chosen, check.commissioned))
    return access_points.get(db, first[0].named.id, actor=actor) if first else None


def _agent(
    db: Session, site_id: str, point: AccessPoint | None, actor: Actor, now: Utc
) -> Agent | None:
    key = point.agent_id if point is not None else None
    if key is None:
        holds = exists().where(AccessPointRow.agent_id == AgentRow.id)
        here = (AgentRow.site_id == site_id, AgentRow.revoked_at.is_(None), ~holds)
        key = db.scalar(select(AgentRow.id).where(*here).order_by(AgentRow.id).limit(1))
    return None if key is None else agents.get(db, key, actor=actor, now=now)


def _person(db: Session, site_id: str) -> NamedItem | None:
    row, badge = MemberRow.__table__.c, CredentialRow.__table__.c
    works = (badge.member_id == row.id) & (badge.status == CredentialStatus.ACTIVE)
    first = (
        select(row.id, row.display_name)
        .where(known_at([site_id]), exists().where(works))
        .order_by(row.id)
        .limit(1)
    )
    found = db.execute(first).first()
    return None if found is None else NamedItem(id=found.id, name=found.display_name)


def _asked(point: AccessPoint | None) -> tuple[str, ...]:
    """Return one certification of each group that the machine requires."""
    groups = () if point is None else point.requirement.certifications
    return tuple(group if isinstance(group, str) else group[0] for group in groups)


def _lacks(db: Session, person: NamedItem | None, asked: tuple[str, ...]) -> tuple[str, ...]:
    if person is None:
        return asked
    active = (HeldRow.member_id == person.id, HeldRow.status == HeldStatus.ACTIVE)
    held = set(db.scalars(select(HeldRow.certification_id).where(*active)))
    return tuple(key for key in asked if key not in held)


def _has_trainer(db: Session, certification: str) -> bool:
    trains = (HeldRow.certification_id == certification, HeldRow.level == Level.TRAINER)
    return bool(db.scalar(select(exists().where(*trains, HeldRow.status == HeldStatus.ACTIVE))))


def _granted(db: Session, point: AccessPoint | None) -> Utc | None:
    """Return when a tap was first granted there in service.

    Taps before commissioning were tests.
    """
    numbers = [] if point is None else list(known_numbers(db, [point.id]).values())
    if point is None or not point.commissioned or not numbers:
        return None
    granted = [EventRow.point_no == numbers[0], EventRow.type == "access_granted"]
    since = _in_service_since(db, point.id)
    if since is not None:
        granted.append(EventRow.received_at >= since)
    event = db.scalar(select(EventRow).where(*granted).order_by(EventRow.id_high).limit(1))
    return None if event is None else event.at or event.received_at


def _in_service_since(db: Session, point_id: str) -> Utc | None:
    """Return when it was first commissioned; None: `commissioned` was set by hand."""
    said = (
        AuditEntry.subject == f"access_point:{point_id}",
        AuditEntry.action == "access_point_commissioned",
    )
    return db.scalar(select(AuditEntry.at).where(*said).order_by(AuditEntry.seq).limit(1))
