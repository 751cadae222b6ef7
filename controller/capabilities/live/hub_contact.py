"""Finds out whether a hub receives messages from a site's agents through the broker."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.agents import is_online
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.machines.models import AccessPointRow
from controller.domain.facts import Name
from controller.domain.time import Utc
from controller.kernel.models import Lease
from controller.policy.reading import from_json

_SITE, _HUB = "site:", "hub:"
"""Prefixes of the names of leases: for serving a site, and of hubs that reach the broker."""


def no_contact_since(db: Session, site_id: str, now: Utc) -> Utc | None:
    """Return since when no hub has received messages from the site's agents.

    None if a hub serves the site, or none ever has.

    The death of a hub shows some seconds later, when its lease ends; a hub that can't reach the
    broker gives up its lease.
    """
    if served_sites(db, now).get(site_id, True):
        return None
    at_site = AgentRow.site_id == site_id
    last = select(func.max(AgentState.seen_at)).join(AgentRow, AgentRow.id == AgentState.agent_id)
    last_received = db.scalar(last.where(at_site))
    return last_received or db.scalar(select(Lease.until).where(Lease.name == f"{_SITE}{site_id}"))


def points_without_contact(db: Session, site_id: str, now: Utc) -> list[Name]:
    """Return the doors and machines whose agent can't learn now of what changes, by id.

    Agents that never reported anything have no badges to decide by.
    """
    statement = (
        select(AccessPointRow.name, AgentState)
        .join(AgentRow, AgentRow.id == AccessPointRow.agent_id)
        .join(AgentState, AgentState.agent_id == AgentRow.id)
        .where(AccessPointRow.site_id == site_id, AgentState.seen_at.is_not(None))
        .where(AgentRow.revoked_at.is_(None))
        .order_by(AccessPointRow.id)
    )
    is_cut = no_contact_since(db, site_id, now) is not None
    return [
        from_json(name, Name)
        for name, state in db.execute(statement)
        if is_cut or not is_online(state, now)
    ]


def served_sites(db: Session, now: Utc) -> dict[str, bool]:
    """Return, for each site that was ever served, whether a hub that reaches the broker serves
    it."""
    leases = {lease.name: lease for lease in db.scalars(select(Lease))}
    hubs = {
        name.removeprefix(_HUB) for name, lease in leases.items() if _is_live_hub(name, lease, now)
    }
    return {
        name.removeprefix(_SITE): lease.until > now and lease.holder in hubs
        for name, lease in leases.items()
        if name.startswith(_SITE)
    }


def _is_live_hub(name: str, lease: Lease, now: Utc) -> bool:
    return name.startswith(_HUB) and lease.until > now
