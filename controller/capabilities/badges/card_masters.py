"""Master keys from which the keys of cards are derived; stored encrypted and never sent.

Each key of a card is derived from the newest master by NXP AN10922 (AES-128 CMAC), from the card's
UID, the application and the slot. Cards with keys of older masters keep working until they get new
ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from secrets import token_bytes

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CardMasterRow, CredentialRow
from controller.domain.ids import CredentialId
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.crypto import SealBroken, Sealer
from controller.kernel.errors import Conflict, Invalid
from controller.wire.card_keys import KEY_BYTES, CardKeys, KeySet

APPLICATION, SYSTEM = bytes.fromhex("F44C51"), b"loquet/1"
"""The card's application id, and our system identifier in the derivation."""
DOOR, SIGNS, OVER_BOTH = 1, 3, 0
"""Slots of a card's keys: the door key, the signing key, and the key that may change both."""
_CHECK_BYTES = 3


class NoMaster(Conflict):
    """Raised when there is no master."""


class SealedElsewhere(Conflict):
    """Raised when the master was encrypted with another wrapping key."""


class NoKeysHere(Conflict):
    """Raised for a badge that can't store keys."""


@dataclass(frozen=True, slots=True)
class CardMasters:
    """Creates and decrypts masters with the wrapping key, which is stored in a file.

    It is not the credential key, which every agent has.
    """

    wrapping_key: bytes = field(repr=False)

    def add(
        self, db: Session, *, parts: Sequence[bytes] = (), actor: Actor, now: Utc, site_id: str
    ) -> CardMasterRow:
        """Create the next version: random, or from the parts of several people. Raises Invalid."""
        key = reduce(_xor, parts) if parts else token_bytes(KEY_BYTES)
        if len(key) != KEY_BYTES or not any(key):
            raise Invalid.of("parts", "parts of 32 hex digits each, not all of them the same")
        version = (self.newest(db) or 0) + 1
        row = CardMasterRow(
            version=version,
            sealed=self._sealer().seal(key, _place(version)),
            check_value=check_value(key),
            created_at=now,
        )
        db.add(row)
        db.flush()
        audit.record(db, actor, now, "card_master_made", f"card_master:{version}", site_id)
        return row

    def newest(self, db: Session) -> int | None:
        """Return the version from which new cards get their keys, or None."""
        return db.scalar(
            select(CardMasterRow.version).order_by(CardMasterRow.version.desc()).limit(1)
        )

    def keys(self, db: Session, credential: CredentialId) -> tuple[int, CardKeys]:
        """Return the newest version, and a card's keys from it and from all older versions.

        Leaves out older versions whose wrapping key is lost. Raises Conflict.
        """
        rows = list(db.scalars(select(CardMasterRow).order_by(CardMasterRow.version.desc())))
        if not rows:
            raise NoMaster("there is no master key for cards yet; run loquet badge keys new")
        uid = _uid(credential)
        new = key_set(self._decrypt(rows[0]), uid)
        return rows[0].version, CardKeys(new, tuple(self._older_key_sets(rows[1:], uid)))

    def _older_key_sets(self, rows: Sequence[CardMasterRow], uid: bytes) -> list[KeySet]:
        masters = []
        for row in rows:
            try:
                masters.append(key_set(self._decrypt(row), uid))
            except SealedElsewhere:
                continue
        return masters

    def _decrypt(self, row: CardMasterRow) -> bytes:
        try:
            return self._sealer().open(row.sealed, _place(row.version))
        except SealBroken as problem:
            raise SealedElsewhere(
                f"master {row.version} is sealed with another card.key; restore it from a backup"
            ) from problem

    def _sealer(self) -> Sealer:
        return Sealer(self.wrapping_key, "loquet/1 card masters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A master key as lists show it."""

    version: int
    check_value: str
    created_at: Utc
    cards: int
    """How many cards have keys from it."""


def all_masters(db: Session) -> list[Master]:
    """Return every master, oldest first."""
    master = CredentialRow.card_master
    card_counts = select(master, func.count()).where(master.is_not(None)).group_by(master)
    counts: dict[int, int] = {}
    for version, count in db.execute(card_counts):
        if version is not None:
            counts[version] = count
    return [
        Master(
            version=row.version,
            check_value=row.check_value,
            created_at=row.created_at,
            cards=counts.get(row.version, 0),
        )
        for row in db.scalars(select(CardMasterRow).order_by(CardMasterRow.version))
    ]


def key_set(master: bytes, uid: bytes) -> KeySet:
    """Derive a card's three keys."""
    door, signs, over = (
        diversify(master, uid + APPLICATION + SYSTEM + bytes((slot,)))
        for slot in (DOOR, SIGNS, OVER_BOTH)
    )
    return KeySet(door, signs, over)


def diversify(master: bytes, input_: bytes) -> bytes:
    """Derive a key as in AN10922, 2.2: AES-128 CMAC over 01 and the input, padded to two blocks."""
    if not KEY_BYTES <= len(input_) < 2 * KEY_BYTES:
        raise ValueError(f"{len(input_)} bytes to diversify with; expected 16 to 31")
    return _cmac(master, b"\x01" + input_)


def check_value(key: bytes) -> str:
    """Return six hex digits for comparing two copies of a key: the start of the CMAC of no data."""
    return _cmac(key, b"")[:_CHECK_BYTES].hex().upper()


def _cmac(key: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import algorithms
    from cryptography.hazmat.primitives.cmac import CMAC

    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()


def _xor(first: bytes, second: bytes) -> bytes:
    if len(first) != KEY_BYTES or len(second) != KEY_BYTES:
        raise Invalid.of("parts", "parts of 32 hex digits each")
    return bytes(a ^ b for a, b in zip(first, second, strict=True))


def _place(version: int) -> str:
    return f"card_master:{version}"


def _uid(credential: CredentialId) -> bytes:
    kind, _, number = credential.partition(":")
    if kind != "uid":
        raise NoKeysHere("this badge is not a 13.56 MHz card and can't store keys")
    return bytes.fromhex(number)
