"""What is on the air between a reader and cards: bits, least significant first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
