"""Turns repeated polls into taps: one card at a time, and each card once."""

from collections.abc import Callable, Iterator

from controller.domain.facts import Assurance
from devices.cards.proof import prove
from devices.drivers.contactless.iso14443_card import Card, CardField, Unreadable
from devices.drivers.contactless.iso14443_frame import CardError
from devices.drivers.contactless.resting_card import RestingCard
from devices.ports import Cards, CredentialGone, CredentialRead, FrameRejected

ALONE_POLLS = 6
"""How many polls in a row must find another card before it replaces one that left without an empty
poll in between.

Of two cards in a purse, only one then makes a tap.
"""
PROOF_TRIES = 3
"""How often a card is asked for its proof before only its number counts; people may move it."""


class FieldWatch:
    """Polls one field. Times are in seconds."""

    def __init__(self, device: str, gone_after_s: float, cards: Cards | None = None) -> None:
        """`cards` has the keys of cards that can prove themselves; None: there are none."""
        self._device, self._cards = device, cards
        self._failed_proofs = 0
        self._resting = RestingCard(device, gone_after_s)
        self._card: Card | None = None
        self._rival: Card | None = None
        self._rival_polls = 0
        self._was_empty = True
        self._rejected = 0
        self._was_unreadable = False

    def poll(
        self, field: CardField, now: Callable[[], float]
    ) -> Iterator[CredentialRead | CredentialGone | FrameRejected]:
        """Poll once. Raises OSError if the chip is gone."""
        try:
            card = field.find(self._card)
        except Unreadable as error:
            yield from self._report_unreadable(str(error))
            yield from self._expire(now())
            return
        self._was_unreadable = False
        yield from self._handle_poll(field, card, now())

    def remove(self, at_s: float) -> Iterator[CredentialGone]:
        """Handle that the reader is gone, and with it the card."""
        self._card, self._rival, self._was_empty = None, None, True
        yield from self._resting.remove(at_s)

    def _handle_poll(
        self, field: CardField, card: Card | None, at_s: float
    ) -> Iterator[CredentialRead | CredentialGone]:
        if card is None:
            self._was_empty, self._rival, self._failed_proofs = True, None, 0
            yield from self._expire(at_s)
        elif card == self._card and self._resting.is_there:
            self._was_empty, self._rival = False, None
            yield from self._resting.note_read(card.credential, at_s)
        elif card == self._card or self._was_empty or self._outlasts(card):
            yield from self._handle_arrival(field, card, at_s)
        else:
            yield from self._expire(at_s)

    def _handle_arrival(
        self, field: CardField, card: Card, at_s: float
    ) -> Iterator[CredentialRead | CredentialGone]:
        """Handle another card, or one that came again: a tap, unless its proof must be repeated."""
        assurance = self._proof(field, card)
        if assurance is None:
            yield from self._expire(at_s)
            return
        self._card, self._rival, self._was_empty, self._failed_proofs = card, None, False, 0
        yield from self._resting.note_read(card.credential, at_s, assurance)

    def _proof(self, field: CardField, card: Card) -> Assurance | None:
        """Return how the card was proved; None: the card could not be read, so try again.

        Raises OSError.
        """
        cards = self._cards
        secret = cards.secret(card.credential) if cards and card.speaks_apdu else None
        if cards is None or secret is None:
            return Assurance.UID
        try:
            with field.conversation(card) as conversation:
                return prove(conversation, card.credential, secret, cards)
        except CardError:
            self._failed_proofs += 1
            return Assurance.UID if self._failed_proofs >= PROOF_TRIES else None

    def _outlasts(self, card: Card) -> bool:
        """Return whether this other card was the only one found for long enough."""
        self._rival_polls = self._rival_polls + 1 if card == self._rival else 1
        self._rival = card
        return self._rival_polls >= ALONE_POLLS

    def _expire(self, at_s: float) -> Iterator[CredentialGone]:
        yield from self._resting.expire(at_s)
        if not self._resting.is_there:
            self._card = None

    def _report_unreadable(self, why: str) -> Iterator[FrameRejected]:
        """Report unreadable cards once, until something is read or the field is empty."""
        if not self._was_unreadable:
            self._was_unreadable = True
            self._rejected += 1
            yield FrameRejected(self._device, why, self._rejected)
