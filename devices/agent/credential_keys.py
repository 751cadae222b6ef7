"""The keys with which this agent makes holder keys of badge numbers: its site's, the newest first.

While a site goes from one key to the next, its policy has rows under both. The one before is kept
after that: a badge that was taken over from a reader has no name under a later key, and the counter
of a card may stand under the earlier name.
"""

from collections.abc import Iterator

from controller.domain.ids import CredentialId, HolderKey
from controller.wire.keys import holder_key


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
