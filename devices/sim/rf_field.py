"""A reader's field: the cards in it, what they answer together, and faults on the air."""

from typing import Protocol

from devices.sim.rf_bits import Bits, Fault, OnAir, superpose


class InField(Protocol):
    """What a card does with power and frames."""

    def power(self, on: bool) -> None:
        """The field came or went."""

    def hear(self, bits: Bits) -> Bits | None:
        """A whole frame; what the card sends back."""


class RfField:
    """Used by one thread."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        """Applied to every frame, both ways."""
        self._cards: list[InField] = []
        self._on = False

    def switch(self, on: bool) -> None:
        """The reader's antenna; a card without power forgets its state."""
        if on is not self._on:
            self._on = on
            for card in self._cards:
                card.power(on)

    def put(self, card: InField) -> None:
        """Bring a card into the field."""
        self._cards.append(card)
        card.power(self._on)

    def take(self, card: InField) -> None:
        """Take a card away; harmless when it isn't there."""
        if card in self._cards:
            self._cards.remove(card)
            card.power(False)

    def clear(self) -> None:
        """Take every card away."""
        for card in list(self._cards):
            self.take(card)

    def exchange(self, bits: Bits) -> OnAir | None:
        """Send a frame; what is received, or None when no card answers."""
        if not self._on:
            return None
        heard = self._pass(OnAir(bits))
        if heard is None or heard.broken:
            return None
        answers = [answer for card in self._cards if (answer := card.hear(heard.bits))]
        sent = superpose(answers)
        return self._pass(sent) if sent is not None else None

    def _pass(self, frame: OnAir) -> OnAir | None:
        return self.fault(frame) if self.fault is not None else frame
