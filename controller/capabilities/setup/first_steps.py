"""Steps of Setup that create several things in one transaction."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from controller.capabilities.accounts import admin
from controller.capabilities.agents import agents
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.agents.shapes import ClaimCode, NewAgent
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.machines import access_points, commands
from controller.capabilities.machines.kinds import Kind, from_kind
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.shapes import AccessPoint
from controller.capabilities.members import members
from controller.capabilities.members.shapes import Member, NewMember
from controller.capabilities.places import schedules, sites, zones
from controller.capabilities.places.models import ScheduleRow, ZoneRow
from controller.capabilities.places.shapes import NewSchedule, NewZone, Weekly
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.capabilities.setup import kits
from controller.capabilities.setup.progress import Progress
from controller.capabilities.training import certifications, member_certifications
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.shapes import Grant, NewCertification
from controller.domain.facts import Level
from controller.domain.ids import HolderKey
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict
from controller.kernel.jsontypes import to_json
from controller.kernel.shapes import Label
from controller.kernel.slugs import unused_slug


def open_hours(
    db: Session,
    state: Progress,
    weekly: tuple[Weekly, ...],
    hours_name: Label,
    plan: Label,
    *,
    actor: Actor,
    now: Utc,
) -> None:
    """Set the opening hours (none: always open), and create a plan for access during them."""
    _set_hours(db, state, weekly, hours_name, actor, now)
    if state.plan is None:
        key = unused_slug(db, PlanRow, plan.fr or plan.en or "")
        new = NewPlan(id=key, site_id=state.site.id, name=plan)
        plans.create(db, new, actor=actor, now=now)


def _set_hours(
    db: Session, state: Progress, weekly: tuple[Weekly, ...], name: Label, actor: Actor, now: Utc
) -> None:
    site, opening = state.site, state.opening
    if opening is not None and weekly:
        patch: dict[str, object] = {"weekly": to_json(weekly)}
        schedules.change(db, opening.id, patch, version=opening.version, actor=actor, now=now)
        return
    key = unused_slug(db, ScheduleRow, name.fr or name.en or "") if weekly else None
    if key is not None:
        new = NewSchedule(id=key, site_id=site.id, name=name, weekly=weekly)
        schedules.create(db, new, actor=actor, now=now)
    if key != site.opening:
        sites.change(db, site.id, {"opening": key}, version=site.version, actor=actor, now=now)


def add_machine(
    db: Session,
    kind: Kind,
    name: Label,
    zone: Label,
    *,
    learnt: bool,
    site_id: str,
    actor: Actor,
    now: Utc,
) -> AccessPoint:
    """Create the first machine, and its zone if it does not exist.

    `learnt`: also create a certification of the same name, which it requires.
    """
    text = name.fr or name.en or ""
    certification = None
    if learnt:
        certification = unused_slug(db, CertificationRow, text)
        new = NewCertification(id=certification, site_id=site_id, name=name)
        certifications.create(db, new, actor=actor, now=now)
    point = from_kind(
        kind,
        key=unused_slug(db, AccessPointRow, text),
        site_id=site_id,
        name=name,
        zone_id=_zone(db, zone, site_id, actor, now),
        certification=certification,
    )
    return access_points.create(db, point, actor=actor, now=now)


def _zone(db: Session, name: Label, site_id: str, actor: Actor, now: Utc) -> str:
    """Return the id of the zone with that name in any language, created if it is missing."""
    names = {text for text in (name.fr, name.en) if text}
    for row in db.query(ZoneRow).filter_by(site_id=site_id).order_by(ZoneRow.id):
        if names & set(row.name.values()):
            return row.id
    key = unused_slug(db, ZoneRow, name.fr or name.en or "")
    zones.create(db, NewZone(id=key, site_id=site_id, name=name), actor=actor, now=now)
    return key


def claim_agent(
    db: Session,
    state: Progress,
    name: Label,
    reader: kits.Reader,
    port: str,
    *,
    fingerprint16: str,
    actor: Actor,
    now: Utc,
) -> ClaimCode:
    """Return a claim code for the machine's agent, which is created and assigned if missing.

    Raises Conflict without a machine, Invalid.
    """
    point = state.point
    if point is None:
        raise Conflict("there is no machine yet that an agent could control")
    wiring = kits.wiring(point, reader, port)
    if state.agent is not None:
        key = state.agent.id
        code = agents.claim_code(
            db, key, fingerprint16=fingerprint16, wiring=wiring, actor=actor, now=now
        )
    else:
        key = unused_slug(db, AgentRow, name.fr or name.en or "")
        new = NewAgent(id=key, site_id=state.site.id, name=name)
        _agent, code = agents.create(
            db, new, fingerprint16=fingerprint16, wiring=wiring, actor=actor, now=now
        )
    if point.agent_id is None:
        patch = {"agent_id": key}
        access_points.change(db, point.id, patch, version=point.version, actor=actor, now=now)
    return code


@dataclass(frozen=True, slots=True, kw_only=True)
class Founder:
    """The first member with a badge."""

    name: str
    is_me: bool
    """Whether it is the person who runs Setup."""
    read_command_id: str = ""
    """Id of the command with which a reader read the badge; empty if its number was typed."""
    typed_number: str = ""
    reason: str | None = None
    """Why they are the first trainer of the machine's certifications; None: they are only
    certified."""


def add_founder(
    db: Session, state: Progress, new: Founder, *, vault: Vault, actor: Actor, now: Utc
) -> Member:
    """Add a first member with a badge, a subscription and the machine's certifications.

    As its maintainer, the member can try the machine before it is in service. Raises Invalid,
    NotFound (the reading), Forbidden (nobody certifies themselves, but an admin may be the first
    trainer), Conflict (without a plan, or if the badge belongs to somebody).
    """
    if state.plan is None:
        raise Conflict("there is no plan yet")
    maintains = () if state.point is None else (state.point.id,)
    person = NewMember(site_id=state.site.id, display_name=new.name, maintains=maintains)
    member = members.create(db, person, actor=actor, now=now)
    subscription = NewSubscription(member_id=member.id, plan_id=state.plan.id, valid_from=now)
    subscriptions.create(db, subscription, actor=actor, now=now)
    _give_badge(db, member.id, new, state.site.id, vault, actor, now)
    if new.is_me:
        actor = _link_account(db, member.id, actor, now)
    certify(db, state, member.id, new.reason, actor=actor, now=now)
    return member


def _link_account(db: Session, member_id: str, actor: Actor, now: Utc) -> Actor:
    if actor.account_id is None or actor.member_id is not None:
        raise Conflict("this account belongs to a member already")
    version = admin.get(db, actor.account_id, actor=actor).version
    patch = {"member_id": member_id}
    admin.change(db, actor.account_id, patch, version=version, actor=actor, now=now)
    return replace(actor, member_id=member_id)


def _give_badge(
    db: Session, member_id: str, new: Founder, site_id: str, vault: Vault, actor: Actor, now: Utc
) -> None:
    """Give the member the badge that was read, or the one with the typed number."""
    answer = (
        commands.get(db, new.read_command_id, actor=actor).data or {} if new.read_command_id else {}
    )
    number, key = answer.get("credential", new.typed_number), answer.get("holder_key")
    if "credential" not in answer and isinstance(key, str):
        credentials.create_by_key(db, member_id, HolderKey(key), site_id, actor=actor, now=now)
        return
    card = NewCredential(member_id=member_id, value=str(number))
    credentials.create(db, card, vault=vault, actor=actor, now=now)


def certify(
    db: Session, state: Progress, member_id: str, reason: str | None, *, actor: Actor, now: Utc
) -> None:
    """Grant the member the machine's certifications; with a reason, as their first trainer.

    Raises Forbidden.
    """
    level = Level.TRAINER if reason else Level.USER
    for key in state.required:
        new = Grant(level=level, reason=reason)
        member_certifications.grant(db, member_id, key, new, actor=actor, now=now)
