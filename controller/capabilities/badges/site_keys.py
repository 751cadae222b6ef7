"""The credential keys of sites, with which agents turn badge numbers into holder keys (0196).

A site has one, or two during a change. They are encrypted with the controller's own key, which is
not needed for decisions or for compiling.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_bytes

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import SiteKeyRow
from controller.capabilities.badges.vault import Vault, VaultError
from controller.capabilities.places.changes import SiteCreated
from controller.domain.ids import CredentialId, HolderKey
from controller.domain.time import Utc
from controller.kernel.crypto import SealBroken, Sealer
from controller.wire.keys import holder_key

KEY_BYTES = 32
FIRST = 1
"""The generation of a site that has only ever used the installation's key."""


@dataclass(frozen=True, slots=True)
class SiteKey:
    """A site's credential key, as it is sent to agents."""

    generation: int
    key: bytes = field(repr=False)

    def name(self, number: CredentialId) -> HolderKey:
        """Return the holder key of that number under this key."""
        return holder_key(self.key, number)


def process_vault(db: Session) -> Vault | None:
    """Return the vault with this process's keys; None if it has none, like a hub."""
    vault: Vault | None = db.info.get("vault")
    return vault


def generations(db: Session, site_id: str) -> list[SiteKeyRow]:
    """Return a site's generations, newest first, including ended ones.

    Empty if it uses the installation's key.
    """
    rows = select(SiteKeyRow).where(SiteKeyRow.site_id == site_id)
    newest_first = rows.order_by(SiteKeyRow.generation.desc())
    return list(db.scalars(newest_first.execution_options(populate_existing=True)))


def newest(db: Session) -> list[SiteKeyRow]:
    """Return the newest generation of each site that has its own key."""
    rows = select(SiteKeyRow).order_by(SiteKeyRow.site_id, SiteKeyRow.generation)
    return list({row.site_id: row for row in db.scalars(rows)}.values())


def for_agents(db: Session, site_id: str, vault: Vault) -> SiteKey:
    """Return the key that agents of the site get now: the newest one with a complete policy."""
    for row in generations(db, site_id):
        if row.ready_at is not None and row.ended_at is None:
            return open_key(row, vault)
    return SiteKey(FIRST, vault.credential_key)


def open_key(row: SiteKeyRow, vault: Vault) -> SiteKey:
    """Decrypt the row's key. Raises VaultError."""
    if row.sealed is None:
        return SiteKey(row.generation, vault.credential_key)
    try:
        return SiteKey(row.generation, _sealer(vault).open(row.sealed, _place(row)))
    except SealBroken as problem:
        raise VaultError(
            f"the key of {row.site_id} is sealed with another card.key than this one; restore that"
            " from a backup"
        ) from problem


def holder_keys(db: Session, number: CredentialId, vault: Vault) -> list[HolderKey]:
    """Return every holder key under which a badge with this number may be stored.

    The installation's comes first. A badge that was added by a reader's key is stored under its
    site's key.
    """
    return holder_keys_function(db, vault)(number)


def holder_keys_function(db: Session, vault: Vault) -> Callable[[CredentialId], list[HolderKey]]:
    """Return a function like `holder_keys` for many numbers that decrypts the keys only once."""
    rows = db.scalars(select(SiteKeyRow).where(SiteKeyRow.sealed.is_not(None)))
    keys = [open_key(row, vault) for row in rows]
    return lambda number: [vault.holder_key(number), *(key.name(number) for key in keys)]


def begin(db: Session, site_id: str, vault: Vault, now: Utc) -> SiteKeyRow:
    """Make a new key for the site, with which its policy will be compiled.

    The installation's key becomes the site's first generation, unless it already has one. A
    generation's number is the minutes since 1970. So after a restore, no number is used twice, and
    agents don't seem to have the new key when they have a forgotten one.
    """
    newest = db.scalar(select(func.max(SiteKeyRow.generation)).where(SiteKeyRow.site_id == site_id))
    if newest is None:
        newest = FIRST
        db.add(
            SiteKeyRow(site_id=site_id, generation=FIRST, sealed=None, begun_at=now, ready_at=now)
        )
    return _add(db, site_id, max(newest + 1, now.millis() // 60_000), vault, now)


def begin_with_site(db: Session, event: SiteCreated) -> None:
    """Give a new site its own key, if this process has the vault."""
    vault = process_vault(db)
    if vault is not None:
        _add(db, event.site_id, FIRST, vault, event.now).ready_at = event.now


def _add(db: Session, site_id: str, generation: int, vault: Vault, now: Utc) -> SiteKeyRow:
    row = SiteKeyRow(site_id=site_id, generation=generation, begun_at=now)
    row.sealed = _sealer(vault).seal(token_bytes(KEY_BYTES), _place(row))
    db.add(row)
    db.flush()
    return row


def _sealer(vault: Vault) -> Sealer:
    return Sealer(vault.own_key, "loquet/1 site keys")


def _place(row: SiteKeyRow) -> str:
    return f"{row.site_id}:{row.generation}"
