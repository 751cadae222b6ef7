"""Make taps of what a field finds, poll after poll: one card at a time, and each card once."""

from collections.abc import Callable, Iterator

from controller.domain.facts import Assurance
from devices.cards.proof import prove
from devices.drivers.contactless.iso14443_card import Card, CardField, Unreadable
from devices.drivers.contactless.iso14443_frame import CardError
from devices.drivers.contactless.resting_card import RestingCard
from devices.ports import Cards, CredentialGone, CredentialRead, FrameRejected

ALONE_POLLS = 6
"""How often in a row another card must be found before it takes the place of one that left
without the field being empty in between: of two cards in a purse, only one is a tap.
"""
PROOFS = 3
"""How often a card is asked to prove itself before it counts as a number: people move it."""


class FieldWatch:
    """Polls one field. Times in seconds."""

    def __init__(self, device: str, gone_after_s: float, cards: Cards | None = None) -> None:
        """`cards`: who knows which of them can prove more than their number; None: nobody."""
        self._device, self._cards = device, cards
        self._unheard = 0
        self._resting = RestingCard(device, gone_after_s)
        self._known: Card | None = None
        self._rival: Card | None = None
        self._rival_polls = 0
        self._emptied = True
        self._rejected = 0
        self._was_unreadable = False

    def poll(
        self, field: CardField, now: Callable[[], float]
    ) -> Iterator[CredentialRead | CredentialGone | FrameRejected]:
        """Look once. Raises OSError when the chip is gone."""
        try:
            card = field.find(self._known)
        except Unreadable as error:
            yield from self._unreadable(str(error))
            yield from self._expire(now())
            return
        self._was_unreadable = False
        yield from self._found(field, card, now())

    def remove(self, at_s: float) -> Iterator[CredentialGone]:
        """The reader is gone, and so is the card."""
        self._known, self._rival, self._emptied = None, None, True
        yield from self._resting.remove(at_s)

    def _found(
        self, field: CardField, card: Card | None, at_s: float
    ) -> Iterator[CredentialRead | CredentialGone]:
        if card is None:
            self._emptied, self._rival, self._unheard = True, None, 0
            yield from self._expire(at_s)
        elif card == self._known and self._resting.is_there:
            self._emptied, self._rival = False, None
            yield from self._resting.seen(card.credential, at_s)
        elif card == self._known or self._emptied or self._outlasts(card):
            yield from self._came(field, card, at_s)
        else:
            yield from self._expire(at_s)

    def _came(
        self, field: CardField, card: Card, at_s: float
    ) -> Iterator[CredentialRead | CredentialGone]:
        """Another card, or one that comes again: a tap, unless its proof is to be asked again."""
        assurance = self._proof(field, card)
        if assurance is None:
            yield from self._expire(at_s)
            return
        self._known, self._rival, self._emptied, self._unheard = card, None, False, 0
        yield from self._resting.seen(card.credential, at_s, assurance)

    def _proof(self, field: CardField, card: Card) -> Assurance | None:
        """What it proves; None: it was not heard out, and is asked again. Raises OSError."""
        known = self._cards
        secret = known.secret(card.credential) if known and card.speaks_apdu else None
        if known is None or secret is None:
            return Assurance.UID
        try:
            with field.talking(card) as conversation:
                return prove(conversation, card.credential, secret, known)
        except CardError:
            self._unheard += 1
            return Assurance.UID if self._unheard >= PROOFS else None

    def _outlasts(self, card: Card) -> bool:
        """Whether this other card has been the only one found for long enough."""
        self._rival_polls = self._rival_polls + 1 if card == self._rival else 1
        self._rival = card
        return self._rival_polls >= ALONE_POLLS

    def _expire(self, at_s: float) -> Iterator[CredentialGone]:
        yield from self._resting.expire(at_s)
        if not self._resting.is_there:
            self._known = None

    def _unreadable(self, why: str) -> Iterator[FrameRejected]:
        """Told once, until something is read or the field is empty."""
        if not self._was_unreadable:
            self._was_unreadable = True
            self._rejected += 1
            yield FrameRejected(self._device, why, self._rejected)
