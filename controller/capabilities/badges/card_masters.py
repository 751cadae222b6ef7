"""Masters of cards' keys: made once, sealed at rest, and never sent anywhere.

Every key of a card is taken from the newest master by NXP AN10922 (AES-128 CMAC), from its UID, the
application and the slot. A new master is the next version; cards of older ones go on until they
are given new keys.
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
DOOR, SIGNS, OVER_BOTH = 1, 3, 0
_CHECK_BYTES = 3


class NoMaster(Conflict):
    """Nobody has made one yet, or the wrapping key."""


class SealedElsewhere(Conflict):
    """The wrapping key is not the one that sealed the master."""


class NoKeysHere(Conflict):
    """A badge that can hold no keys."""


@dataclass(frozen=True, slots=True)
class CardMasters:
    """Opens masters with the wrapping key, which stands in a file of its own beside the database.

    It is another than the credential key, which every agent holds.
    """

    wrapping_key: bytes = field(repr=False)

    def add(
        self, db: Session, *, parts: Sequence[bytes] = (), actor: Actor, now: Utc, site_id: str
    ) -> CardMasterRow:
        """The next version: random, or of parts that several people brought. Raises Invalid."""
        key = reduce(_mixed, parts) if parts else token_bytes(KEY_BYTES)
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
        """The version that new cards get; None: there is no master yet."""
        return db.scalar(
            select(CardMasterRow.version).order_by(CardMasterRow.version.desc()).limit(1)
        )

    def keys(self, db: Session, credential: CredentialId) -> tuple[int, CardKeys]:
        """The newest version and its keys for a card, then those that it may hold. Raises Conflict.

        A version that can't be opened any more (its wrapping key is gone) is left out, unless it is
        the newest.
        """
        rows = list(db.scalars(select(CardMasterRow).order_by(CardMasterRow.version.desc())))
        if not rows:
            raise NoMaster("there is no master key for cards yet; run loquet badge keys new")
        uid = _uid(credential)
        new = key_set(self._opened(rows[0]), uid)
        return rows[0].version, CardKeys(new, tuple(self._older(rows[1:], uid)))

    def _older(self, rows: Sequence[CardMasterRow], uid: bytes) -> list[KeySet]:
        found = []
        for row in rows:
            try:
                found.append(key_set(self._opened(row), uid))
            except SealedElsewhere:
                continue
        return found

    def _opened(self, row: CardMasterRow) -> bytes:
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
    """A master as it is listed."""

    version: int
    check_value: str
    created_at: Utc
    cards: int
    """That have its keys."""


def all_masters(db: Session) -> list[Master]:
    """Every master, the oldest first."""
    held = CredentialRow.card_master
    counted = select(held, func.count()).where(held.is_not(None)).group_by(held)
    counts: dict[int, int] = {}
    for version, count in db.execute(counted):
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
    """The three keys of a card."""
    door, signs, over = (
        diversify(master, uid + APPLICATION + SYSTEM + bytes((slot,)))
        for slot in (DOOR, SIGNS, OVER_BOTH)
    )
    return KeySet(door, signs, over)


def diversify(master: bytes, input_: bytes) -> bytes:
    """AN10922, 2.2: AES-128 CMAC over 01 and the input, padded to two blocks."""
    if not KEY_BYTES <= len(input_) < 2 * KEY_BYTES:
        raise ValueError(f"{len(input_)} bytes to diversify with; expected 16 to 31")
    return _cmac(master, b"\x01" + input_)


def check_value(key: bytes) -> str:
    """Six hex digits by which people see that a key is the same: the CMAC of nothing, begun."""
    return _cmac(key, b"")[:_CHECK_BYTES].hex().upper()


def _cmac(key: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import algorithms
    from cryptography.hazmat.primitives.cmac import CMAC

    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()


def _mixed(one: bytes, other: bytes) -> bytes:
    if len(one) != KEY_BYTES or len(other) != KEY_BYTES:
        raise Invalid.of("parts", "parts of 32 hex digits each")
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _place(version: int) -> str:
    return f"card_master:{version}"


def _uid(credential: CredentialId) -> bytes:
    kind, _, number = credential.partition(":")
    if kind != "uid":
        raise NoKeysHere("this badge is no 13.56 MHz card; it can hold no keys")
    return bytes.fromhex(number)
