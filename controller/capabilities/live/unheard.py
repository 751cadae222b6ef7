"""Whether anybody hears the boxes: the hub that serves the site, and the broker between."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.models import Lease

_SITE = "site:"


def unheard_since(db: Session, site_id: str, now: Utc) -> Utc | None:
    """Since when no hub that reaches the broker serves the site; None: one does, or none ever did.

    A hub that dies is missed when its lease ends, some seconds later.
    """
    until = db.scalar(select(Lease.until).where(Lease.name == f"{_SITE}{site_id}"))
    return until if until is not None and until <= now else None


def served(db: Session, now: Utc) -> dict[str, bool]:
    """Whether each site that was ever served is served now."""
    found = db.execute(select(Lease.name, Lease.until).where(Lease.name.startswith(_SITE)))
    return {name.removeprefix(_SITE): until > now for name, until in found}
