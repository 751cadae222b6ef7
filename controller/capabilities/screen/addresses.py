"""Secret addresses of screens and terminals."""

from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe
from typing import Annotated

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.screen.models import AddressKind, ScreenAddress
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Conflict, NotFound
from controller.kernel.rows import get_or_404
from controller.kernel.shapes import LINE, Shape
from controller.wire.ids import uuid7

ScreenPlace = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=LINE)]
"""A single line, short enough for its column."""
MAX_ADDRESSES = 50
"""Maximum number of addresses of a site that are not revoked."""
_SECRET_BYTES = 18
"""144 bits in 24 characters: short enough to type at a screen once."""


class NewAddress(Shape, frozen=True, kw_only=True):
    """A new address, with the place of the screen, and what it shows."""

    name: ScreenPlace
    kind: AddressKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address that is not revoked."""

    id: str
    site_id: str
    kind: AddressKind
    name: str
    created_at: Utc


def create(
    db: Session, site_id: str, new: NewAddress, *, actor: Actor, now: Utc
) -> tuple[Address, str]:
    """Create an address and return it with its secret, which is not stored.

    Raises Forbidden, Conflict if the site has `MAX_ADDRESSES` addresses.
    """
    actor.require(Permission.RULES_WRITE, site_id)
    if len(list_addresses(db, site_id, actor=actor)) >= MAX_ADDRESSES:
        raise Conflict("there are too many addresses; revoke those that are not used")
    secret = token_urlsafe(_SECRET_BYTES)
    row = ScreenAddress(
        id=uuid7(),
        site_id=site_id,
        kind=new.kind,
        name=new.name,
        hash=_hash(secret),
        created_by=actor.ref,
        created_at=now,
    )
    db.add(row)
    db.flush()
    audit.record(db, actor, now, f"{new.kind}_address_created", f"screen_address:{row.id}", site_id)
    return _shape(row), secret


def list_addresses(db: Session, site_id: str, *, actor: Actor) -> tuple[Address, ...]:
    """Return the addresses of a site, newest first. Raises Forbidden."""
    actor.require(Permission.RULES_WRITE, site_id)
    active = (ScreenAddress.site_id == site_id, ScreenAddress.revoked_at.is_(None))
    rows = db.scalars(select(ScreenAddress).where(*active).order_by(ScreenAddress.id.desc()))
    return tuple(_shape(row) for row in rows)


def revoke(db: Session, address_id: str, *, actor: Actor, now: Utc) -> None:
    """Revoke an address, which then shows nothing. Raises NotFound."""
    row = get_or_404(db, ScreenAddress, address_id, "address")
    if not actor.may(Permission.RULES_WRITE, row.site_id):
        raise NotFound("address", address_id)
    if row.revoked_at is None:
        row.revoked_at = now
        db.flush()
        action = f"{row.kind}_address_revoked"
        audit.record(db, actor, now, action, f"screen_address:{row.id}", row.site_id)


def find_by_secret(db: Session, secret: str, kind: AddressKind) -> Address | None:
    """Return the address with this secret; None if it is unknown or revoked."""
    conditions = (
        ScreenAddress.hash == _hash(secret),
        ScreenAddress.kind == kind,
        ScreenAddress.revoked_at.is_(None),
    )
    row = db.scalar(select(ScreenAddress).where(*conditions))
    return None if row is None else _shape(row)


def _hash(secret: str) -> str:
    """Hash the secret; a fast hash is enough for long random secrets."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _shape(row: ScreenAddress) -> Address:
    return Address(
        id=row.id, site_id=row.site_id, kind=row.kind, name=row.name, created_at=row.created_at
    )
