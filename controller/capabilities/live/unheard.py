"""Find out whether any hub receives from a site's agents, through the broker."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.domain.time import Utc
from controller.kernel.models import Lease

_SITE, _HUB = "site:", "hub:"
"""Prefixes of the names of leases: for serving a site, and for a hub that reaches the broker."""


def not_received_since(db: Session, site_id: str, now: Utc) -> Utc | None:
    """Return since when no hub has been receiving from the site's agents; None: one is.

    If a hub dies, this shows once its lease ends, some seconds later; a hub that cannot reach the
    broker gives up its own lease.
    """
    if served_sites(db, now).get(site_id, True):
        return None
    here = AgentRow.site_id == site_id
    last = select(func.max(AgentState.seen_at)).join(AgentRow, AgentRow.id == AgentState.agent_id)
    heard = db.scalar(last.where(here))
    return heard or db.scalar(select(Lease.until).where(Lease.name == f"{_SITE}{site_id}"))


def served_sites(db: Session, now: Utc) -> dict[str, bool]:
    """Return for each site that was ever served whether a hub that reaches the broker serves it."""
    leases = {lease.name: lease for lease in db.scalars(select(Lease))}
    hubs = {name.removeprefix(_HUB) for name, lease in leases.items() if _holds(name, lease, now)}
    return {
        name.removeprefix(_SITE): lease.until > now and lease.holder in hubs
        for name, lease in leases.items()
        if name.startswith(_SITE)
    }


def _holds(name: str, lease: Lease, now: Utc) -> bool:
    return name.startswith(_HUB) and lease.until > now
