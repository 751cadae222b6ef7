"""The keys with which a site's agents make holder keys of badge numbers (0196).

A site has one, or two while it goes from one to the next. They are sealed under the controller's
own key: a computer without it can't read them, and does not need them to judge or to compile.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_bytes

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import SiteKeyRow
from controller.capabilities.badges.vault import Vault, VaultError
from controller.capabilities.places.changes import SiteMade
from controller.domain.ids import CredentialId, HolderKey
from controller.domain.time import Utc
from controller.kernel.crypto import SealBroken, Sealer
from controller.wire.keys import holder_key

KEY_BYTES = 32
FIRST = 1
"""The generation of a site that never had another key than the installation's."""


@dataclass(frozen=True, slots=True)
class SiteKey:
    """A key as an agent is given it."""

    generation: int
    key: bytes = field(repr=False)

    def name(self, number: CredentialId) -> HolderKey:
        """What an agent with this key calls that number."""
        return holder_key(self.key, number)


def vault_at_hand(db: Session) -> Vault | None:
    """The keys of this process; None: a hub's, say, which has no part in this."""
    found: Vault | None = db.info.get("vault")
    return found


def generations(db: Session, site_id: str) -> list[SiteKeyRow]:
    """Those of a site, the newest first, with those that have ended; none: the installation's."""
    rows = select(SiteKeyRow).where(SiteKeyRow.site_id == site_id)
    newest_first = rows.order_by(SiteKeyRow.generation.desc())
    return list(db.scalars(newest_first.execution_options(populate_existing=True)))


def newest(db: Session) -> list[SiteKeyRow]:
    """The newest generation of each site that has a key of its own, by site."""
    rows = select(SiteKeyRow).order_by(SiteKeyRow.site_id, SiteKeyRow.generation)
    return list({row.site_id: row for row in db.scalars(rows)}.values())


def for_agents(db: Session, site_id: str, vault: Vault) -> SiteKey:
    """What an agent of that site is given now: the newest for which the policy is ready."""
    for row in generations(db, site_id):
        if row.ready_at is not None and row.ended_at is None:
            return open_key(row, vault)
    return SiteKey(FIRST, vault.credential_key)


def open_key(row: SiteKeyRow, vault: Vault) -> SiteKey:
    """The key of that row. Raises VaultError."""
    if row.sealed is None:
        return SiteKey(row.generation, vault.credential_key)
    try:
        return SiteKey(row.generation, _sealer(vault).open(row.sealed, _place(row)))
    except SealBroken as problem:
        raise VaultError(
            f"the key of {row.site_id} is sealed with another card.key than this one; restore that"
            " from a backup"
        ) from problem


def names(db: Session, number: CredentialId, vault: Vault) -> list[HolderKey]:
    """Every holder key under which a badge with this number can stand: the house's first.

    A badge that was taken over from a reader, its number unseen, stands under its site's.
    """
    return namer(db, vault)(number)


def namer(db: Session, vault: Vault) -> Callable[[CredentialId], list[HolderKey]]:
    """The same for many numbers: the keys are opened once."""
    rows = db.scalars(select(SiteKeyRow).where(SiteKeyRow.sealed.is_not(None)))
    keys = [open_key(row, vault) for row in rows]
    return lambda number: [vault.holder_key(number), *(key.name(number) for key in keys)]


def begin(db: Session, site_id: str, vault: Vault, now: Utc) -> SiteKeyRow:
    """A key of its own for that site; its policy gets rows under it as it is compiled.

    The installation's becomes its first generation, unless nobody was told it there. A generation
    is the minutes since 1970: one that a restored database has forgotten is not given twice, for
    agents that hold the forgotten one would pass for holding the new one.
    """
    newest = db.scalar(select(func.max(SiteKeyRow.generation)).where(SiteKeyRow.site_id == site_id))
    if newest is None:
        newest = FIRST
        db.add(
            SiteKeyRow(site_id=site_id, generation=FIRST, sealed=None, begun_at=now, ready_at=now)
        )
    return _add(db, site_id, max(newest + 1, now.millis() // 60_000), vault, now)


def begin_with_site(db: Session, made: SiteMade) -> None:
    """Give a new site its own key, if this process has the vault."""
    vault = vault_at_hand(db)
    if vault is not None:
        _add(db, made.site_id, FIRST, vault, made.now).ready_at = made.now


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
