"""Whether anybody hears the boxes: the hub that serves the site, and the broker between."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.domain.time import Utc
from controller.kernel.models import Lease

_SITE, _HUB = "site:", "hub:"


def unheard_since(db: Session, site_id: str, now: Utc) -> Utc | None:
    """When a box of the site was heard last, if no hub hears them; None: one does.

    A hub that dies is missed when its lease ends, some seconds later; one that does not reach the
    broker gives up its own.
    """
    if served_sites(db, now).get(site_id, True):
        return None
    here = AgentRow.site_id == site_id
    last = select(func.max(AgentState.seen_at)).join(AgentRow, AgentRow.id == AgentState.agent_id)
    heard = db.scalar(last.where(here))
    return heard or db.scalar(select(Lease.until).where(Lease.name == f"{_SITE}{site_id}"))


def served_sites(db: Session, now: Utc) -> dict[str, bool]:
    """Whether each site that was ever served is served now, by a hub that reaches the broker."""
    leases = {lease.name: lease for lease in db.scalars(select(Lease))}
    hubs = {name.removeprefix(_HUB) for name, lease in leases.items() if _holds(name, lease, now)}
    return {
        name.removeprefix(_SITE): lease.until > now and lease.holder in hubs
        for name, lease in leases.items()
        if name.startswith(_SITE)
    }


def _holds(name: str, lease: Lease, now: Utc) -> bool:
    return name.startswith(_HUB) and lease.until > now
