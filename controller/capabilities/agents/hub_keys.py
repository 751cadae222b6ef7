"""The public keys of hubs; each site's policy lists them, so that its agents trust them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import HubKey
from controller.domain.time import Utc


def register_hub_key(db: Session, *, name: str, kid: str, public_key: str, now: Utc) -> bool:
    """Make all agents trust a hub's key (base64url of 32 bytes); False if they already do."""
    if db.get(HubKey, kid) is not None:
        return False
    db.add(HubKey(kid=kid, name=name, public_key=public_key, created_at=now))
    db.flush()
    return True


def hub_names(db: Session) -> set[str]:
    """Return the names of the hubs whose keys agents trust."""
    return set(db.scalars(select(HubKey.name).where(HubKey.retired_at.is_(None))))
