"""Creates, lists, renames and revokes agents."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from controller.capabilities.agents import broker, claims
from controller.capabilities.agents.changes import AgentNews
from controller.capabilities.agents.models import AgentCertificate, AgentRow, AgentState
from controller.capabilities.agents.shapes import Agent, AgentFields, ClaimCode, NewAgent
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.kernel.jsontypes import to_json
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import (
    at_sites,
    require_unused_id,
    require_version,
    resolve_site,
    visible,
)
from controller.kernel.shapes import Label
from controller.kernel.validate import merge
from controller.policy.reading import from_json

NAME_IN_USE = "another agent of this site has this name"
UNKNOWN_AFTER = timedelta(seconds=90)
"""After this time without telemetry, it is unknown whether an agent is online."""


def create(
    db: Session,
    new: NewAgent,
    *,
    fingerprint16: str,
    wiring: claims.Wiring | None = None,
    actor: Actor,
    now: Utc,
) -> tuple[Agent, ClaimCode]:
    """Create an agent, and a claim code for its Pi, which is shown once."""
    site_id = resolve_site(db, actor, Permission.AGENTS_WRITE, new.site_id)
    require_unused_id(db, AgentRow, new.id, "agent")
    row = AgentRow(id=new.id, site_id=site_id, name=to_json(new.name), created_at=now)
    db.add(row)
    db.flush()
    audit.record(db, actor, now, "agent_created", f"agent:{row.id}", site_id)
    code = claims.issue(
        db,
        row,
        valid_hours=new.valid_hours,
        fingerprint16=fingerprint16,
        wiring=wiring,
        actor=actor,
        now=now,
    )
    return shape(row, None, now), code


def claim_code(
    db: Session,
    agent_id: str,
    *,
    valid_hours: int | None = None,
    fingerprint16: str,
    wiring: claims.Wiring | None = None,
    actor: Actor,
    now: Utc,
) -> ClaimCode:
    """Make a new claim code for the agent, to replace its Pi; earlier unused codes stop working."""
    row = agent_row(db, agent_id, actor)
    actor.require(Permission.AGENTS_WRITE, row.site_id)
    return claims.issue(
        db,
        row,
        valid_hours=valid_hours,
        fingerprint16=fingerprint16,
        wiring=wiring,
        actor=actor,
        now=now,
    )


def get(db: Session, agent_id: str, *, actor: Actor, now: Utc) -> Agent:
    """Return one agent. Raises NotFound."""
    row = agent_row(db, agent_id, actor)
    return shape(row, db.get(AgentState, agent_id), now)


def agent_row(db: Session, agent_id: str, actor: Actor) -> AgentRow:
    """Return the agent's row. Raises NotFound if it doesn't exist or the actor may not see it."""
    return visible(db, AgentRow, agent_id, "agent", actor, Permission.AGENTS_READ)


def page(db: Session, *, actor: Actor, now: Utc, cursor: Cursor = FIRST) -> Page[Agent]:
    """Return a page of the agents of the actor's sites."""
    statement = select(AgentRow).where(
        at_sites(AgentRow.site_id, actor.sites(Permission.AGENTS_READ))
    )
    return paged(db, statement, AgentRow.id, cursor, lambda rows: shapes(db, rows, now))


def shapes(db: Session, rows: Sequence[AgentRow], now: Utc) -> list[Agent]:
    """Return agents with their current state, for the API."""
    ids = [row.id for row in rows]
    states = db.scalars(select(AgentState).where(AgentState.agent_id.in_(ids)))
    by_id = {state.agent_id: state for state in states}
    return [shape(row, by_id.get(row.id), now) for row in rows]


def change(
    db: Session, agent_id: str, patch: object, *, version: int | None, actor: Actor, now: Utc
) -> Agent:
    """Apply a merge patch. Raises Invalid, Stale, NotFound, Forbidden."""
    row = agent_row(db, agent_id, actor)
    actor.require(Permission.AGENTS_WRITE, row.site_id)
    require_version(row, version)
    state = db.get(AgentState, agent_id)
    row.name = to_json(merge(shape(row, state, now), patch, AgentFields).name)
    audit.record(db, actor, now, "agent_changed", f"agent:{row.id}", row.site_id)
    db.flush()
    return shape(row, state, now)


def require_unused_name(
    db: Session, site_id: str, name: Label, before: Agent | None = None
) -> None:
    """Raise Invalid if another box of the site has this name, in any language.

    Call it only where people name boxes, since programs use ids. The agent `before` may keep its
    names.
    """
    had = {before.name.fr, before.name.en} if before else set()
    new_names = {text.casefold() for text in {name.fr, name.en} - had if text}
    other_names = select(AgentRow.name).where(
        AgentRow.site_id == site_id,
        AgentRow.id != (before.id if before else ""),
        AgentRow.revoked_at.is_(None),
    )
    for other_name in db.scalars(other_names):
        if new_names & {str(text).casefold() for text in other_name.values() if text}:
            raise Invalid.of("name", NAME_IN_USE)


def revoke(db: Session, agent_id: str, reason: str, *, actor: Actor, now: Utc) -> Agent:
    """Revoke an agent, its certificates and its unused claim codes.

    The caller then installs the broker's lists (`broker_lists`).
    """
    row = agent_row(db, agent_id, actor)
    actor.require(Permission.AGENTS_WRITE, row.site_id)
    claims.end_codes(db, agent_id, now)
    if row.revoked_at is None:
        row.revoked_at = now
        revoke_certificates(db, agent_id, now)
        audit.record(db, actor, now, "agent_revoked", f"agent:{row.id}", row.site_id, reason=reason)
        post_news(db, AgentNews(site=row.site_id, key=row.id))
        db.flush()
    return shape(row, db.get(AgentState, agent_id), now)


def revoke_certificates(db: Session, agent_id: str, now: Utc) -> None:
    """Revoke all certificates of the agent, so that they are in the next CRL."""
    db.execute(
        update(AgentCertificate)
        .where(AgentCertificate.agent_id == agent_id, AgentCertificate.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def broker_lists(db: Session) -> tuple[list[broker.BrokerAgent], list[int]]:
    """Return the agents for the broker's access list, and the certificate serials for the CRL."""
    agent_rows = select(AgentRow.site_id, AgentRow.id, AgentRow.revoked_at).where(
        AgentRow.enrolled_at.is_not(None)
    )
    agents = [
        broker.BrokerAgent(site=site, agent=agent, revoked=revoked is not None)
        for site, agent, revoked in db.execute(agent_rows)
    ]
    serials = select(AgentCertificate.serial).where(AgentCertificate.revoked_at.is_not(None))
    return agents, [int(serial, 16) for serial in db.scalars(serials)]


def is_online(state: AgentState | None, now: Utc) -> bool | None:
    """Return whether the agent is connected; None if it has sent nothing for too long."""
    if state is None or not state.online:
        return False
    is_recent = state.seen_at is not None and now - state.seen_at <= UNKNOWN_AFTER
    return True if is_recent else None


def shape(row: AgentRow, state: AgentState | None, now: Utc) -> Agent:
    """Return an agent in the API's form, with its last reported state."""
    return Agent(
        id=row.id,
        site_id=row.site_id,
        name=from_json(row.name, Label),
        kid=row.kid,
        enrolled_at=row.enrolled_at,
        revoked_at=row.revoked_at,
        certificate_until=row.certificate_until,
        online=is_online(state, now),
        seen_at=state.seen_at if state else None,
        program_version=state.version if state else None,
        policy_version=state.policy_version if state else None,
        started_at=state.started_at if state else None,
        telemetry=state.telemetry if state else None,
        version=row.row_version,
    )
