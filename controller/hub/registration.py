"""Have agents trust this hub: its key stands in the site row, signed by a key they know."""

from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.store.models import HubKey
from controller.wire.base64url import b64encode
from controller.wire.signing import kid_of


def register_key(db: Session, name: str, public_key: bytes, now: Utc) -> None:
    """Add the key to those that every site row lists, unless it is there."""
    kid = kid_of(public_key)
    if db.get(HubKey, kid) is None:
        db.add(
            HubKey(
                kid=kid, name=name, public_key=b64encode(public_key), created_at=now,
                retired_at=None,
            )
        )  # fmt: skip
