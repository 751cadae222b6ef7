"""Makes one tap of all the frames that a card sends while it rests on a reader."""

from collections.abc import Iterator

from controller.domain.facts import Assurance
from controller.domain.ids import CredentialId
from devices.ports import CredentialGone, CredentialRead


class RestingCard:
    """Remembers which card is on the reader, and when it was last read. Times are in seconds."""

    def __init__(self, device: str, gone_after_s: float) -> None:
        self._device = device
        self._gone_after_s = gone_after_s
        self._there: CredentialId | None = None
        self._seen_s = 0.0

    @property
    def is_there(self) -> bool:
        """Whether there is a card on the reader."""
        return self._there is not None

    def note_read(
        self, credential: CredentialId, at_s: float, assurance: Assurance = Assurance.UID
    ) -> Iterator[CredentialRead | CredentialGone]:
        """Note that a card was read; yields events only if it is another one, or came again."""
        yield from self.expire(at_s)
        if credential == self._there:
            self._seen_s = at_s
            return
        yield from self.remove(at_s)
        self._there, self._seen_s = credential, at_s
        yield CredentialRead(self._device, credential, assurance, at_s)

    def expire(self, at_s: float) -> Iterator[CredentialGone]:
        """Check the time: a card that was not read for long enough is gone."""
        if self._there is not None and at_s - self._seen_s >= self._gone_after_s:
            yield from self.remove(at_s)

    def remove(self, at_s: float) -> Iterator[CredentialGone]:
        """Handle that the card or the reader is gone."""
        if self._there is not None:
            removed, self._there = self._there, None
            yield CredentialGone(self._device, removed, at_s)
