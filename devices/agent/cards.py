"""Cards that prove themselves: their keys, and the counters that this agent has seen.

Readers' threads call this. The keys are in the policy's file, wrapped. The counters are in a file
of their own; a new value is synced to the disk before the agent decides on the tap.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from controller.domain.ids import CredentialId, HolderKey
from controller.wire.card_wrapping import WrapBroken, unwrap_door_key
from controller.wire.codec import dec_hook
from controller.wire.keys import holder_key
from controller.wire.rows import CardRow
from devices.agent import sqlite
from devices.agent.policy.store import row_sum
from devices.agent.state_store import StateStore
from devices.ports import CardSecret

# The keys with which this agent makes holder keys of badge numbers: its site's keys, newest first.
# While a site changes its key, its policy has rows under both. The previous key is kept after that:
# a badge that was registered at a reader can't be converted to a later key, and a card's counter
# may be stored under its earlier holder key.


class CredentialKeys:
    """The site's credential keys.

    Any thread may call this; a renewal replaces the keys atomically.
    """

    def __init__(self, *keys: bytes, generation: int = 1) -> None:
        """`keys`: newest first; `generation` is that of the newest."""
        self._keys, self.generation = keys, generation

    @property
    def newest(self) -> bytes:
        """The newest key; new rows use it."""
        return self._keys[0]

    def keys_for(self, credential: CredentialId) -> Iterator[tuple[bytes, HolderKey]]:
        """Yield each key with the holder key that it gives for that number."""
        for key in self._keys:
            yield key, holder_key(key, credential)

    def names(self, credential: CredentialId) -> list[HolderKey]:
        """Return the holder keys that the policy may have for a credential, newest first."""
        return [name for _, name in self.keys_for(credential)]

    def add_newer(self, key: bytes, generation: int) -> None:
        """Add a newer key, and keep the one that was newest until now."""
        self._keys, self.generation = (key, self.newest), generation


log = logging.getLogger(__name__)

_CARD = "SELECT version, value, sum FROM row WHERE tab = 'card' AND key = ?"


class PolicyCards:
    """The policy's cards with their counters; any thread may call this."""

    def __init__(
        self,
        policy_file: Path,
        counters_file: Path,
        keys: CredentialKeys,
        mark: str,
        damaged: Callable[[], None] = lambda: None,
    ) -> None:
        """`mark` is added to the name of a damaged counter file, which is set aside; `damaged` is
        called if a row of the policy is damaged. Raises sqlite3.Error."""
        self._keys, self._lock, self._damaged = keys, threading.Lock(), damaged
        self._db = sqlite.connect(policy_file)
        self._db.execute("PRAGMA query_only = ON")
        self._decoder = msgspec.json.Decoder(CardRow, dec_hook=dec_hook)
        self._counters = StateStore.open(counters_file, mark)
        self.lost = self._counters.was_broken
        """Whether the counters were damaged, so that each card's old message would be accepted once
        more."""
        self._seen = {name: int(value) for name, value in self._counters.read("").items()}

    def secret(self, credential: CredentialId) -> CardSecret | None:
        """See Cards.

        None too if the key can't be read or unwrapped: then the card counts as an ordinary badge.
        """
        for key, name in self._keys.keys_for(credential):
            with self._lock:
                try:
                    row = self._row(name)
                except sqlite3.Error:
                    log.exception("the policy cannot be read")
                    return None
            if row is not None:
                return _secret(row, key, name)
        return None

    def rises(self, credential: CredentialId, counter: int) -> bool:
        """See Cards.

        If the disk is full, the counter is kept in memory, and the badge is accepted.
        """
        holder, *before = self._keys.names(credential)
        with self._lock:
            if counter <= max(self._seen.get(key, -1) for key in (holder, *before)):
                return False
            self._seen[holder] = counter
            try:
                self._counters.keep({holder: str(counter).encode()})
            except sqlite3.Error as error:
                log.error("a card's counter could not be stored: %s", error)
        return True

    def close(self) -> None:
        """Close both files."""
        with self._lock:
            self._db.close()
            self._counters.close()

    def _row(self, holder: HolderKey) -> CardRow | None:
        row = self._db.execute(_CARD, (holder,)).fetchone()
        if row is None:
            return None
        version, value, saved = row
        if saved != row_sum("card", holder, version, value):
            log.error("a card of the policy is not what was stored: it proves nothing")
            self._damaged()
            return None
        if value is None:
            return None
        try:
            return self._decoder.decode(value)
        except msgspec.MsgspecError as error:
            log.warning("a card of the policy is of a later version: %s", error)
            return None


def _secret(row: CardRow, key: bytes, name: HolderKey) -> CardSecret | None:
    try:
        return CardSecret(row.kind, row.assurance, unwrap_door_key(key, name, row.key))
    except WrapBroken as error:
        log.error("the key of a card in the policy cannot be unwrapped: %s", error)
        return None
