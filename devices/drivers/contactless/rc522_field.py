"""An MFRC522 as a field of cards: which card is there, and a conversation with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from devices.drivers.contactless import iso14443_dep, iso14443_select
from devices.drivers.contactless.iso14443_card import Card
from devices.drivers.contactless.iso14443_dep import IsoDep
from devices.drivers.contactless.iso14443_frame import CardError, NoAnswer
from devices.drivers.contactless.mfrc522_chip import Mfrc522

ACTIVATIONS = 6


class Rc522Field:
    """A CardField. `connect` opens the chip's bus and says how to let go of it."""

    def __init__(self, connect: Callable[[], tuple[Mfrc522, Callable[[], None]]]) -> None:
        self._connect = connect
        self._open: tuple[Mfrc522, Callable[[], None]] | None = None

    def open(self) -> None:
        """See CardField."""
        self._open = self._connect()
        self._chip.set_up()

    def find(self, known: Card | None) -> Card | None:
        """See CardField. The card found is left halted."""
        chip = self._chip
        chip.check()
        card = None if known is None else iso14443_select.select_again(chip, known.uid)
        if card is None:
            card = iso14443_select.find(chip)
        if card is not None:
            iso14443_select.halt(chip)
        return card

    def activate(self, card: Card) -> IsoDep:
        """Begin a conversation with a card that was found. Raises CardError, OSError.

        A card whose ATS was lost is deaf to RATS until it has been without power.
        """
        for _ in range(ACTIVATIONS):
            if iso14443_select.select_again(self._chip, card.uid):
                try:
                    return iso14443_dep.activate(self._chip)
                except CardError:
                    pass
            self._chip.reset_field()
        raise NoAnswer(f"{card.credential} does not begin a conversation")

    def release(self, conversation: IsoDep) -> None:
        """End a conversation; the card can be found again. Raises OSError."""
        if not conversation.deselect():
            self._chip.reset_field()

    @contextmanager
    def talking(self, card: Card) -> Iterator[IsoDep]:
        """See CardField."""
        conversation = self.activate(card)
        try:
            yield conversation
        finally:
            self.release(conversation)

    def close(self) -> None:
        """See CardField."""
        if self._open is not None:
            (chip, let_go), self._open = self._open, None
            try:
                chip.shut()
            except OSError:
                pass
            finally:
                let_go()

    @property
    def _chip(self) -> Mfrc522:
        if self._open is None:
            raise OSError("the chip is not open")
        return self._open[0]
