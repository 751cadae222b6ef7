"""A reader's field: bits on the air, the cards in it, what they answer together, and faults."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

# What is on the air between a reader and cards: bits, least significant first.

Bits = tuple[int, ...]
BIT_S = 128 / 13.56e6


@dataclass(frozen=True, slots=True)
class OnAir:
    """A frame as it is received."""

    bits: Bits
    collision: int | None = None
    """Where cards first sent different bits, from 0."""
    broken: bool = False
    """A parity bit or the frame's end is wrong, which a chip notices."""


Fault = Callable[[OnAir], OnAir | None]
"""What becomes of a frame on its way; None: it is lost."""


def bits_of(data: bytes, last_bits: int = 0) -> Bits:
    """The bits of bytes, of the last one only so many (0: all)."""
    bits = tuple(byte >> place & 1 for byte in data for place in range(8))
    return bits[: len(bits) - 8 + last_bits] if last_bits else bits


def bytes_of(bits: Sequence[int], align: int = 0) -> bytes:
    """The bytes of bits, of which the first is stored at bit `align` of the first byte."""
    shifted = (*(0,) * align, *bits)
    return bytes(
        sum(bit << place for place, bit in enumerate(shifted[at : at + 8]))
        for at in range(0, len(shifted), 8)
    )


def air_time_s(bits: Sequence[int]) -> float:
    """How long a frame at 106 kbit/s lasts, with its parity bits."""
    return len(bits) * 9 / 8 * BIT_S


def superpose(answers: Sequence[Bits]) -> OnAir | None:
    """Several cards answering at once; None: none does. A collision reads as a 1."""
    if not answers:
        return None
    longest = max(len(answer) for answer in answers)
    bits, collision = [], None
    for at in range(longest):
        sent = {answer[at] for answer in answers if at < len(answer)}
        if len(sent) > 1 and collision is None:
            collision = at
        bits.append(max(sent))
    return OnAir(tuple(bits), collision)


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
