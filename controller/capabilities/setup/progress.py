"""The progress of Setup, read from what exists, so that it can be interrupted and resumed."""

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
    """Something with a name, such as a person."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The state of Setup: what exists already, and which steps are done."""

    site: Site
    has_name: bool
    """Whether a person has set or confirmed the site's name."""
    recoverable: bool
    """Whether an admin has a recovery code on paper."""
    opening: Schedule | None
    """The site's opening hours; None: always open, or not set yet."""
    plan: Plan | None
    """The first plan, if any."""
    zone: Label | None
    """The name of the machine's zone, else of the first zone."""
    point: AccessPoint | None
    """The machine that is being set up: the chosen one, else the first that is not in service."""
    machines: tuple[NamedItem, ...]
    """All machines from which to choose."""
    agent: Agent | None
    """The machine's agent, else the first one without an access point."""
    reader: str
    """The reader's driver as reported by its Pi, else as proposed; empty if unknown."""
    commissioning: Commissioning | None
    person: NamedItem | None
    """The first member with an active badge."""
    required: tuple[str, ...]
    """Certifications that the machine requires, one of each group."""
    missing: tuple[str, ...]
    """Required certifications that this person does not have."""
    trainerless: bool
    """Whether the machine's certifications have no trainer yet."""
    granted_at: Utc | None
    """When a tap was first granted at the machine in service."""
    done: frozenset[SetupStep]

    def next_step(self, *, has_code: bool) -> SetupStep:
        """Return the first open step, else the last.

        ADMIN only for those who may print a code.
        """
        open_steps = [step for step in SetupStep if step not in self.done]
        available = (step for step in open_steps if has_code or step is not SetupStep.ADMIN)
        return next(available, SetupStep.TAP)


def progress(
    db: Session, site_id: str, *, actor: Actor, now: Utc, machine: str | None = None
) -> Progress:
    """Return the state of Setup; `machine`: the chosen machine. Raises Forbidden, NotFound."""
    actor.require(Permission.RULES_WRITE, site_id)
    machines = _machines(db, site_id)
    point = _point(db, machines, machine, actor)
    person = _person(db, site_id)
    agent = _agent(db, site_id, point, actor, now)
    required = _required_certifications(point)
    tests = None if point is None else commissioning.get(db, point.id, actor=actor)
    site = sites.get(db, site_id, actor=actor)
    state = Progress(
        site=site,
        has_name=_is_named(db, site_id),
        recoverable=printed_codes.admin_has_recovery_code(db, site_id),
        opening=schedules.get(db, site.opening, actor=actor) if site.opening else None,
        plan=_plan(db, site_id, actor),
        zone=_zone(db, site_id, point),
        point=point,
        machines=tuple(machine.named for machine in machines),
        agent=agent,
        reader=_reader(db, agent, point),
        commissioning=tests,
        person=person,
        required=required,
        missing=_missing_certifications(db, person, required),
        trainerless=bool(required) and not _has_trainer(db, required[0]),
        granted_at=_first_granted_at(db, point),
        done=frozenset(),
    )
    return _with_done_steps(state)


def _with_done_steps(state: Progress) -> Progress:
    point, agent, person = state.point, state.agent, state.person
    is_done_by_step = {
        SetupStep.PLACE: state.has_name or point is not None,
        SetupStep.ADMIN: state.recoverable,
        SetupStep.HOURS: state.plan is not None,
        SetupStep.MACHINE: point is not None,
        SetupStep.AGENT: agent is not None and point is not None and _is_wired(agent, point),
        SetupStep.BADGE: point is not None and person is not None and not state.missing,
        SetupStep.COMMISSIONING: point is not None and point.commissioned,
        SetupStep.TAP: state.granted_at is not None,
    }
    done_steps = frozenset(step for step, is_done in is_done_by_step.items() if is_done)
    return replace(state, done=done_steps)


def _is_wired(agent: Agent, point: AccessPoint) -> bool:
    """Return whether the agent has the machine, and its reader and relay have answered.

    Otherwise its wiring is still in progress. A machine in service is known to work.
    """
    if point.agent_id != agent.id or agent.enrolled_at is None:
        return False
    devices = devices_of(agent, point.id)
    return point.commissioned or all(
        device_name in devices and devices[device_name].get("ok", True)
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
    reported = select(AgentRow.wiring).where(AgentRow.id == agent.id)
    drivers = (
        driver for query in (reported, proposed) for driver in _drivers(db.scalar(query), point.id)
    )
    return next(drivers, "")


def _drivers(wiring: Any, point_id: str) -> Iterator[str]:
    for access_point in (wiring or {}).get("access_points") or ():
        if access_point.get("id") == point_id and access_point.get("reader"):
            yield str(access_point["reader"].get("driver") or "")


def _is_named(db: Session, site_id: str) -> bool:
    by_somebody = (AuditEntry.action == "site_created") & AuditEntry.actor.not_like("system:%")
    is_naming = or_(AuditEntry.action == "site_changed", by_somebody)
    return bool(
        db.scalar(select(exists().where(AuditEntry.subject == f"site:{site_id}", is_naming)))
    )


def _plan(db: Session, site_id: str, actor: Actor) -> Plan | None:
    first = select(PlanRow.id).where(PlanRow.site_id == site_id).order_by(PlanRow.id).limit(1)
    key = db.scalar(first)
    return None if key is None else plans.get(db, key, actor=actor)


def _zone(db: Session, site_id: str, point: AccessPoint | None) -> Label | None:
    zone_names = select(ZoneRow.name).where(ZoneRow.site_id == site_id)
    if point is not None and point.zone_id is not None:
        zone_names = zone_names.where(ZoneRow.id == point.zone_id)
    name = db.scalar(zone_names.order_by(ZoneRow.id).limit(1))
    return None if name is None else from_json(name, Label)


@dataclass(frozen=True, slots=True)
class _Machine:
    named: NamedItem
    commissioned: bool


def _machines(db: Session, site_id: str) -> list[_Machine]:
    row = AccessPointRow.__table__.c
    conditions = (row.site_id == site_id, row.kind == PointKind.MACHINE)
    machine_rows = db.execute(
        select(row.id, row.name, row.commissioned).where(*conditions).order_by(row.id)
    )
    return [
        _Machine(NamedItem(id=key, name=_label_text(from_json(name, Label))), commissioned)
        for key, name, commissioned in machine_rows
    ]


def _label_text(name: Label) -> str:
    return name.fr or name.en or ""


def _point(
    db: Session, machines: Sequence[_Machine], chosen: str | None, actor: Actor
) -> AccessPoint | None:
    """Return the chosen machine, else the first that is not in service, else the first."""
    first = sorted(machines, key=lambda machine: (machine.named.id != chosen, machine.commissioned))
    return access_points.get(db, first[0].named.id, actor=actor) if first else None


def _agent(
    db: Session, site_id: str, point: AccessPoint | None, actor: Actor, now: Utc
) -> Agent | None:
    key = point.agent_id if point is not None else None
    if key is None:
        has_access_point = exists().where(AccessPointRow.agent_id == AgentRow.id)
        candidates = (AgentRow.site_id == site_id, AgentRow.revoked_at.is_(None), ~has_access_point)
        key = db.scalar(select(AgentRow.id).where(*candidates).order_by(AgentRow.id).limit(1))
    return None if key is None else agents.get(db, key, actor=actor, now=now)


def _person(db: Session, site_id: str) -> NamedItem | None:
    row, badge = MemberRow.__table__.c, CredentialRow.__table__.c
    has_active_badge = (badge.member_id == row.id) & (badge.status == CredentialStatus.ACTIVE)
    first = (
        select(row.id, row.display_name)
        .where(known_at([site_id]), exists().where(has_active_badge))
        .order_by(row.id)
        .limit(1)
    )
    first_member = db.execute(first).first()
    return (
        None
        if first_member is None
        else NamedItem(id=first_member.id, name=first_member.display_name)
    )


def _required_certifications(point: AccessPoint | None) -> tuple[str, ...]:
    """Return one certification of each group that the machine requires."""
    groups = () if point is None else point.requirement.certifications
    return tuple(group if isinstance(group, str) else group[0] for group in groups)


def _missing_certifications(
    db: Session, person: NamedItem | None, required: tuple[str, ...]
) -> tuple[str, ...]:
    if person is None:
        return required
    active = (HeldRow.member_id == person.id, HeldRow.status == HeldStatus.ACTIVE)
    held_ids = set(db.scalars(select(HeldRow.certification_id).where(*active)))
    return tuple(key for key in required if key not in held_ids)


def _has_trainer(db: Session, certification: str) -> bool:
    is_trainer = (HeldRow.certification_id == certification, HeldRow.level == Level.TRAINER)
    return bool(db.scalar(select(exists().where(*is_trainer, HeldRow.status == HeldStatus.ACTIVE))))


def _first_granted_at(db: Session, point: AccessPoint | None) -> Utc | None:
    """Return when a tap was first granted there in service; earlier taps were tests."""
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
    """Return when it was first commissioned; None if `commissioned` was set by hand."""
    conditions = (
        AuditEntry.subject == f"access_point:{point_id}",
        AuditEntry.action == "access_point_commissioned",
    )
    return db.scalar(select(AuditEntry.at).where(*conditions).order_by(AuditEntry.seq).limit(1))
