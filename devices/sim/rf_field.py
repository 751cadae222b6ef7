"""A reader's radio field: the bits on the air, the cards in the field, and faults."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

# What is on the air between a reader and cards: bits, the least significant first.

Bits = tuple[int, ...]
BIT_S = 128 / 13.56e6
"""How long one bit takes at 106 kbit/s, in seconds."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as a reader or a card receives it."""

    bits: Bits
    collision: int | None = None
    """Index of the first bit in which the cards' answers differ; None: no collision."""
    broken: bool = False
    """Whether a parity bit or the frame's end is wrong, which a chip notices."""


Fault = Callable[[Frame], Frame | None]
"""Changes a frame on its way; returns None if the frame is lost."""


def bits_of(data: bytes, last_bits: int = 0) -> Bits:
    """Return the bits of bytes; of the last byte only the first `last_bits` (0: all)."""
    bits = tuple(byte >> place & 1 for byte in data for place in range(8))
    return bits[: len(bits) - 8 + last_bits] if last_bits else bits


def bytes_of(bits: Sequence[int], align: int = 0) -> bytes:
    """Pack bits into bytes; the first bit is stored at bit `align` of the first byte."""
    shifted = (*(0,) * align, *bits)
    return bytes(
        sum(bit << place for place, bit in enumerate(shifted[at : at + 8]))
        for at in range(0, len(shifted), 8)
    )


def air_time_s(bits: Sequence[int]) -> float:
    """Return how long a frame lasts at 106 kbit/s, with its parity bits, in seconds."""
    return len(bits) * 9 / 8 * BIT_S


def superpose(answers: Sequence[Bits]) -> Frame | None:
    """Return what several cards that answer at once produce; None: none answers.

    In a collision a 1 wins.
    """
    if not answers:
        return None
    longest = max(len(answer) for answer in answers)
    bits, collision = [], None
    for at in range(longest):
        sent = {answer[at] for answer in answers if at < len(answer)}
        if len(sent) > 1 and collision is None:
            collision = at
        bits.append(max(sent))
    return Frame(tuple(bits), collision)


class FieldCard(Protocol):
    """The interface of a card in the field: it gets power and frames."""

    def power(self, on: bool) -> None:
        """Tell the card that the field went on or off."""

    def hear(self, bits: Bits) -> Bits | None:
        """Receive a whole frame; return the card's answer, None if it does not answer."""


class RfField:
    """A reader's field with the cards in it. Only one thread may use it."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        """Applied to every frame in both directions; None: no faults."""
        self._cards: list[FieldCard] = []
        self._on = False

    def switch(self, on: bool) -> None:
        """Switch the reader's field; a card without power forgets its state."""
        if on is not self._on:
            self._on = on
            for card in self._cards:
                card.power(on)

    def put(self, card: FieldCard) -> None:
        """Bring a card into the field."""
        self._cards.append(card)
        card.power(self._on)

    def take(self, card: FieldCard) -> None:
        """Take a card away; does nothing if it isn't there."""
        if card in self._cards:
            self._cards.remove(card)
            card.power(False)

    def clear(self) -> None:
        """Take every card away."""
        for card in list(self._cards):
            self.take(card)

    def exchange(self, bits: Bits) -> Frame | None:
        """Send a frame; return what the reader receives, None if no card answers."""
        if not self._on:
            return None
        frame = self._transmit(Frame(bits))
        if frame is None or frame.broken:
            return None
        answers = [answer for card in self._cards if (answer := card.hear(frame.bits))]
        sent = superpose(answers)
        return self._transmit(sent) if sent is not None else None

    def _transmit(self, frame: Frame) -> Frame | None:
        return self.fault(frame) if self.fault is not None else frame
