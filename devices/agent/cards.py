"""What the agent knows of cards that prove themselves: their keys, and the counters it has seen.

Asked by readers' threads. The keys stand wrapped in the policy's file; the counters in a file of
their own, each synced before the tap that raised it is judged.
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
from devices.agent.keeper import Keeper
from devices.agent.policy.store import row_sum
from devices.ports import CardSecret

# The keys with which this agent makes holder keys of badge numbers: its site's, the newest first.
#
# While a site goes from one key to the next, its policy has rows under both. The one before is
# kept
# after that: a badge that was taken over from a reader has no name under a later key, and the
# counter
# of a card may stand under the earlier name.


class CredentialKeys:
    """Asked from any thread; renewed, in one step, by the renewal's."""

    def __init__(self, *keys: bytes, generation: int = 1) -> None:
        """`keys`: the newest first; `generation` is the newest one's."""
        self._keys, self.generation = keys, generation

    @property
    def newest(self) -> bytes:
        """The one that new rows are under."""
        return self._keys[0]

    def named(self, credential: CredentialId) -> Iterator[tuple[bytes, HolderKey]]:
        """Each key, and what it makes of that number."""
        for key in self._keys:
            yield key, holder_key(key, credential)

    def names(self, credential: CredentialId) -> list[HolderKey]:
        """What the policy may call it, the newest first."""
        return [name for _, name in self.named(credential)]

    def renewed(self, key: bytes, generation: int) -> None:
        """A newer key; the one until now is the one before."""
        self._keys, self.generation = (key, self.newest), generation


log = logging.getLogger(__name__)

_CARD = "SELECT version, value, sum FROM row WHERE tab = 'card' AND key = ?"


class PolicyCards:
    """Cards of the policy; from any thread."""

    def __init__(
        self,
        policy_file: Path,
        counters_file: Path,
        keys: CredentialKeys,
        mark: str,
        damaged: Callable[[], None] = lambda: None,
    ) -> None:
        """`mark` names a damaged file of counters, which is set aside; `damaged` is told when a
        row of the policy is not what was stored. Raises sqlite3.Error."""
        self._keys, self._lock, self._damaged = keys, threading.Lock(), damaged
        self._db = sqlite.connect(policy_file)
        self._db.execute("PRAGMA query_only = ON")
        self._decoder = msgspec.json.Decoder(CardRow, dec_hook=dec_hook)
        self._keeper = Keeper.open(counters_file, mark)
        self.lost = self._keeper.was_broken
        """The counters were damaged: an old message of a card would be taken once more."""
        self._seen = {name: int(value) for name, value in self._keeper.read("").items()}

    def secret(self, credential: CredentialId) -> CardSecret | None:
        """See Cards. What can't be read or unwrapped is a card that proves nothing."""
        for key, name in self._keys.named(credential):
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
        """See Cards. A disk that takes no more keeps nobody out: memory goes on."""
        holder, *before = self._keys.names(credential)
        with self._lock:
            if counter <= max(self._seen.get(key, -1) for key in (holder, *before)):
                return False
            self._seen[holder] = counter
            try:
                self._keeper.keep({holder: str(counter).encode()})
            except sqlite3.Error as error:
                log.error("a card's counter could not be kept: %s", error)
        return True

    def close(self) -> None:
        """Let go of both files."""
        with self._lock:
            self._db.close()
            self._keeper.close()

    def _row(self, holder: HolderKey) -> CardRow | None:
        found = self._db.execute(_CARD, (holder,)).fetchone()
        if found is None:
            return None
        version, value, kept = found
        if kept != row_sum("card", holder, version, value):
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
        log.error("a card of the policy cannot be asked for its proof: %s", error)
        return None
