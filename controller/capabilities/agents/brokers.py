"""Sites shared out among brokers: which has which, and the CRL that hubs beside them install."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import RevocationList, SiteBroker
from controller.domain.time import Utc
from controller.policy.models import PolicySite
from controller.store.upsert import upsert

_ONLY = 1
"""The row of the CRL."""


class Address(NamedTuple):
    """A broker's address as agents get it."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def serve(db: Session, at: Address, sites: Sequence[str]) -> None:
    """Have the agents of these sites, of those that there are, and of no other, connect there."""
    mine = (SiteBroker.host == at.host, SiteBroker.port == at.port)
    db.execute(delete(SiteBroker).where(*mine, SiteBroker.site_id.not_in(sites)))
    known = db.scalars(select(PolicySite.site_id).where(PolicySite.site_id.in_(sites)))
    rows = [{"site_id": site, "host": at.host, "port": at.port} for site in sorted(known)]
    upsert(db, SiteBroker, rows)


def broker_of(db: Session, site: str) -> Address | None:
    """A site's broker; None: the installation's own."""
    row = db.get(SiteBroker, site)
    return None if row is None else Address(row.host, row.port)


def sites_at(db: Session, at: Address | None) -> list[str]:
    """The sites whose agents connect there; None: those at the installation's own broker."""
    if at is not None:
        mine = (SiteBroker.host == at.host, SiteBroker.port == at.port)
        return list(db.scalars(select(SiteBroker.site_id).where(*mine)))
    others = select(SiteBroker.site_id)
    return list(db.scalars(select(PolicySite.site_id).where(PolicySite.site_id.not_in(others))))


def keep_revocations(db: Session, pem: str, now: Utc) -> None:
    """Put the newest CRL where hubs find it; they have no key to sign one with."""
    upsert(db, RevocationList, [{"no": _ONLY, "pem": pem, "made_at": now}])


def revocations(db: Session) -> str | None:
    """The newest CRL; None: nothing was ever revoked."""
    return db.scalar(select(RevocationList.pem).where(RevocationList.no == _ONLY))
