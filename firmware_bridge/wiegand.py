"""Wiegand frames of 26, 34 and 37 bits (HID H10301, H10302, H10304): parity and data bits."""

from typing import Final

FORMATS: Final = {26: (13, 13), 34: (17, 17), 37: (19, 19)}
"""By frame length: bits covered by the even parity at the start and the odd at the end."""


def data_bits(data: bytes, bits: int) -> int:
    """Return the number between the parity bits of a frame with `bits` bits.

    The first bit is the highest one of the first byte. Raises ValueError for an unknown length or
    a wrong parity.
    """
    if bits not in FORMATS:
        raise ValueError(f"{bits} bits; known: 26, 34 and 37")
    frame = int.from_bytes(data, "big") >> (8 * len(data) - bits)
    even, odd = FORMATS[bits]
    first, last = frame >> (bits - even), frame & ((1 << odd) - 1)
    if first.bit_count() % 2 != 0 or last.bit_count() % 2 != 1:
        raise ValueError(f"{bits} bits with a wrong parity")
    return (frame >> 1) & ((1 << (bits - 2)) - 1)


def frame_bits(number: int, bits: int) -> bytes:
    """Return the frame with `bits` bits around a number, the inverse of `data_bits`."""
    even, odd = FORMATS[bits]
    middle = number << 1
    first = (middle >> (bits - even)).bit_count() % 2
    last = 1 - (middle & ((1 << odd) - 1)).bit_count() % 2
    frame = first << (bits - 1) | middle | last
    size = (bits + 7) // 8
    return (frame << (8 * size - bits)).to_bytes(size, "big")
