"""Which site uses which broker, and the CRL that their hubs install."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import RevocationList, SiteBroker
from controller.domain.time import Utc
from controller.policy.models import PolicySite
from controller.store.upsert import upsert

_ONLY = 1
"""The key of `RevocationList`'s only row."""


class Address(NamedTuple):
    """A broker's address for agents."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def serve(db: Session, at: Address, sites: Sequence[str]) -> None:
    """Assign exactly these sites to the broker at this address; ignores unknown sites."""
    at_broker = (SiteBroker.host == at.host, SiteBroker.port == at.port)
    db.execute(delete(SiteBroker).where(*at_broker, SiteBroker.site_id.not_in(sites)))
    known_sites = db.scalars(select(PolicySite.site_id).where(PolicySite.site_id.in_(sites)))
    rows = [{"site_id": site, "host": at.host, "port": at.port} for site in sorted(known_sites)]
    upsert(db, SiteBroker, rows)


def broker_of(db: Session, site: str) -> Address | None:
    """Return the broker of a site; None for the installation's own."""
    row = db.get(SiteBroker, site)
    return None if row is None else Address(row.host, row.port)


def sites_at(db: Session, at: Address | None) -> list[str]:
    """Return the sites that use a broker (None: the installation's own)."""
    if at is not None:
        at_broker = (SiteBroker.host == at.host, SiteBroker.port == at.port)
        return list(db.scalars(select(SiteBroker.site_id).where(*at_broker)))
    assigned_sites = select(SiteBroker.site_id)
    return list(
        db.scalars(select(PolicySite.site_id).where(PolicySite.site_id.not_in(assigned_sites)))
    )


def keep_revocations(db: Session, pem: str, now: Utc) -> None:
    """Store the newest CRL for hubs, which can't sign one."""
    upsert(db, RevocationList, [{"no": _ONLY, "pem": pem, "made_at": now}])


def revocations(db: Session) -> str | None:
    """Return the newest CRL; None if nothing was ever revoked."""
    return db.scalar(select(RevocationList.pem).where(RevocationList.no == _ONLY))
