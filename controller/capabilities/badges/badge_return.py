"""Returns a badge, with a receipt for undoing this within a minute."""

import msgspec

from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.badges.own import UNDO_WITHIN
from controller.capabilities.badges.shapes import Credential
from controller.capabilities.badges.vault import Vault
from controller.domain.facts import (
    Assurance,
    CardKind,
    CredentialKind,
    CredentialStatus,
    SuspendedBecause,
)
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.crypto import SealBroken, Sealer
from controller.kernel.database import Session
from controller.kernel.errors import Conflict
from controller.kernel.jsontypes import dec_hook, enc_hook
from controller.kernel.rows import get_or_404

_PURPOSE = "loquet/1 badge given back"


class _ReturnedBadge(msgspec.Struct, kw_only=True, frozen=True):
    """The badge's row before its return, and when it was returned."""

    returned_at: Utc
    id: str
    member_id: str | None
    group_id: str | None
    holder_key: str
    sealed: bytes
    masked: str
    kind: CredentialKind
    lent: bool
    assurance: Assurance
    status: CredentialStatus
    valid_from: Utc | None
    valid_until: Utc | None
    created_at: Utc
    own_page_from: Utc | None
    suspended_because: SuspendedBecause | None
    suspended_by: str | None
    card_kind: CardKind | None
    card_level: Assurance | None
    card_key: str | None
    card_master: int | None


_COLUMNS = tuple(field for field in _ReturnedBadge.__struct_fields__ if field != "returned_at")


def return_with_receipt(
    db: Session, credential_id: str, *, vault: Vault, actor: Actor, now: Utc
) -> bytes:
    """Return a badge like `credentials.return_badge`, with an encrypted receipt for `undo_return`.

    Raises NotFound.
    """
    row = get_or_404(db, CredentialRow, credential_id, "credential")
    credentials.get(db, credential_id, actor=actor)
    receipt = make_receipt(row, vault=vault, now=now)
    credentials.return_badge(db, credential_id, actor=actor, now=now)
    return receipt


def undo_return(
    db: Session, receipt: bytes, member_id: str, *, vault: Vault, actor: Actor, now: Utc
) -> Credential:
    """Undo the return and restore the badge as it was.

    Raises Conflict when it is too late, the badge was changed since, or somebody else has it.
    """
    row, returned_at = row_of_receipt(receipt, member_id, vault=vault, now=now)
    last = audit.last_entry(db, f"member:{member_id}", row.id)
    if last is None or (last.action, last.at) != ("credential_returned", returned_at):
        raise Conflict("this badge was changed since; lend it again")
    return credentials.undo_return(db, row, vault=vault, actor=actor, now=now)


def make_receipt(row: CredentialRow, *, vault: Vault, now: Utc) -> bytes:
    """Return an encrypted copy of the row, as a receipt for its member or group."""
    returned_badge = _ReturnedBadge(
        returned_at=now, **{column: getattr(row, column) for column in _COLUMNS}
    )
    plain = msgspec.json.encode(returned_badge, enc_hook=enc_hook)
    return _sealer(vault).seal(plain, row.member_id or row.group_id or "")


def row_of_receipt(
    receipt: bytes, holder: str, *, vault: Vault, now: Utc
) -> tuple[CredentialRow, Utc]:
    """Return the row from a receipt, and when it was returned. Raises Conflict when it is too
    late."""
    try:
        plain = _sealer(vault).open(receipt, holder)
    except SealBroken as problem:
        raise Conflict("somebody else returned this badge") from problem
    returned_badge = msgspec.json.decode(plain, type=_ReturnedBadge, dec_hook=dec_hook)
    if now - returned_badge.returned_at > UNDO_WITHIN:
        raise Conflict("it was returned too long ago; lend it again")
    row = CredentialRow(**{column: getattr(returned_badge, column) for column in _COLUMNS})
    return row, returned_badge.returned_at


def _sealer(vault: Vault) -> Sealer:
    return Sealer(vault.own_key, _PURPOSE)
