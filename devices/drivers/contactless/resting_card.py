"""Makes one tap of all the frames that a card sends while it rests on a reader."""

from collections.abc import Iterator

from controller.domain.facts import Assurance
from controller.domain.ids import CredentialId
from devices.ports import CredentialGone, CredentialRead


class RestingCard:
    """Remembers which card is on the reader, and when it was last read.

    Times are in seconds. Its generators do their work only when they are iterated over.
    """

    def __init__(self, device: str, gone_after_s: float) -> None:
        self._device = device
        self._gone_after_s = gone_after_s
        self._credential: CredentialId | None = None
        self._seen_s = 0.0

    @property
    def is_there(self) -> bool:
        """Return whether there is a card on the reader."""
        return self._credential is not None

    def note_read(
        self, credential: CredentialId, at_s: float, assurance: Assurance = Assurance.UID
    ) -> Iterator[CredentialRead | CredentialGone]:
        """Handle a read card; yield events only if it is another card, or was gone meanwhile."""
        yield from self.expire(at_s)
        if credential == self._credential:
            self._seen_s = at_s
            return
        yield from self.remove(at_s)
        self._credential, self._seen_s = credential, at_s
        yield CredentialRead(self._device, credential, assurance, at_s)

    def expire(self, at_s: float) -> Iterator[CredentialGone]:
        """Remove the card if it has not been read for long enough."""
        if self._credential is not None and at_s - self._seen_s >= self._gone_after_s:
            yield from self.remove(at_s)

    def remove(self, at_s: float) -> Iterator[CredentialGone]:
        """Handle the loss of the card or the reader."""
        if self._credential is not None:
            removed, self._credential = self._credential, None
            yield CredentialGone(self._device, removed, at_s)
