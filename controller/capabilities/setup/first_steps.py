"""The acts of setting up that make several things at once, each whole or not at all."""

from sqlalchemy.orm import Session

from controller.capabilities.agents import agents
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.agents.shapes import ClaimCode, NewAgent
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.machines import access_points
from controller.capabilities.machines.kinds import Kind, from_kind
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.shapes import AccessPoint
from controller.capabilities.members import members
from controller.capabilities.members.shapes import Member, NewMember
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.capabilities.setup.progress import Progress
from controller.capabilities.training import certifications, member_certifications
from controller.capabilities.training.models import CertificationRow
from controller.capabilities.training.shapes import Grant, NewCertification
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict
from controller.kernel.shapes import Label
from controller.kernel.slugs import unused_slug


def add_machine(
    db: Session, kind: Kind, name: Label, *, learnt: bool, site_id: str, actor: Actor, now: Utc
) -> AccessPoint:
    """The first machine, in the first zone; `learnt`: it asks for a certification of its name."""
    text = name.fr or name.en or ""
    certification = None
    if learnt:
        certification = unused_slug(db, CertificationRow, text)
        new = NewCertification(id=certification, site_id=site_id, name=name)
        certifications.create(db, new, actor=actor, now=now)
    zone = db.query(ZoneRow.id).filter_by(site_id=site_id).order_by(ZoneRow.id).first()
    point = from_kind(
        kind,
        key=unused_slug(db, AccessPointRow, text),
        site_id=site_id,
        name=name,
        zone_id=zone[0] if zone else None,
        certification=certification,
    )
    return access_points.create(db, point, actor=actor, now=now)


def claim_agent(
    db: Session, found: Progress, name: Label, *, fingerprint16: str, actor: Actor, now: Utc
) -> ClaimCode:
    """A code for the machine's agent, which is made and given the machine if need be.

    Raises Conflict without a machine.
    """
    point = found.point
    if point is None:
        raise Conflict("there is no machine yet for an agent to hold")
    if found.agent is not None:
        key = found.agent.id
        code = agents.claim_code(db, key, fingerprint16=fingerprint16, actor=actor, now=now)
    else:
        key = unused_slug(db, AgentRow, name.fr or name.en or "")
        new = NewAgent(id=key, site_id=found.site.id, name=name)
        _made, code = agents.create(db, new, fingerprint16=fingerprint16, actor=actor, now=now)
    if point.agent_id is None:
        patch = {"agent_id": key}
        access_points.change(db, point.id, patch, version=point.version, actor=actor, now=now)
    return code


def add_person(
    db: Session,
    found: Progress,
    name: str,
    badge: str,
    plan: Label,
    *,
    vault: Vault,
    actor: Actor,
    now: Utc,
) -> Member:
    """Somebody with a badge and a subscription, who maintains the machine, so that she can try it.

    Raises Invalid, Conflict (the badge is somebody's).
    """
    site_id = found.site.id
    maintains = () if found.point is None else (found.point.id,)
    new = NewMember(site_id=site_id, display_name=name, maintains=maintains)
    member = members.create(db, new, actor=actor, now=now)
    card = NewCredential(member_id=member.id, value=badge)
    credentials.create(db, card, vault=vault, actor=actor, now=now)
    known = db.query(PlanRow.id).filter_by(site_id=site_id).order_by(PlanRow.id).first()
    plan_id = known[0] if known else _plan(db, plan, site_id, actor, now)
    bought = NewSubscription(member_id=member.id, plan_id=plan_id, valid_from=now)
    subscriptions.create(db, bought, actor=actor, now=now)
    return member


def _plan(db: Session, name: Label, site_id: str, actor: Actor, now: Utc) -> str:
    key = unused_slug(db, PlanRow, name.fr or name.en or "")
    plans.create(db, NewPlan(id=key, site_id=site_id, name=name), actor=actor, now=now)
    return key


def certify(db: Session, found: Progress, reason: str | None, *, actor: Actor, now: Utc) -> None:
    """Give the person what the machine asks for; with a reason, as its first trainer.

    Raises Forbidden, Conflict without a person.
    """
    if found.person is None:
        raise Conflict("there is nobody with a badge yet")
    level = Level.TRAINER if reason else Level.USER
    for key in found.lacks:
        new = Grant(level=level, reason=reason)
        member_certifications.grant(db, found.person.id, key, new, actor=actor, now=now)
