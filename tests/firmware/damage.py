"""What a bad line does to frames: bits flipped, bytes lost, doubled, swapped and made up."""

import random
import struct
import zlib

from cobs import cobs

from tests.firmware.make_vectors import CODES, frame, wire


def good_frame(chance: random.Random) -> bytes:
    """A frame on the wire of any type and any content."""
    code = chance.choice([*CODES.values(), chance.randrange(256)])
    body = bytes(chance.choices((0, chance.randrange(256)), k=chance.randrange(73)))
    return wire(frame(code, chance.getrandbits(32), body, chance.getrandbits(32)))


def damaged(chance: random.Random, data: bytes) -> bytes:
    """The same bytes after one to three mishaps."""
    for _ in range(chance.randrange(1, 4)):
        data = chance.choice((_flip, _cut, _double, _swap, _insert))(chance, data)
    return data


def survives(data: bytes) -> bool:
    """Whether a whole frame is left between two delimiters."""
    return bool(whole_frames(data))


def whole_frames(data: bytes) -> set[bytes]:
    """Those that are left between two delimiters, or come of two that lie side by side."""
    return {part for part in data.split(b"\0") if _is_whole(part)}


def _is_whole(part: bytes) -> bool:
    try:
        plain = cobs.decode(part)
    except cobs.DecodeError:
        return False
    crc: int = zlib.crc32(plain[:-4])
    return len(plain) >= 14 and struct.pack("<I", crc) == plain[-4:]


def _flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 9)):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _span(chance: random.Random, data: bytes) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.randrange(1, 8))


def _cut(chance: random.Random, data: bytes) -> bytes:
    start, end = _span(chance, data)
    return data[:start] + data[end:]


def _double(chance: random.Random, data: bytes) -> bytes:
    start, end = _span(chance, data)
    return data[:end] + data[start:]


def _swap(chance: random.Random, data: bytes) -> bytes:
    start, end = _span(chance, data)
    return data[:start] + data[start:end][::-1] + data[end:]


def _insert(chance: random.Random, data: bytes) -> bytes:
    start, _ = _span(chance, data)
    return data[:start] + chance.randbytes(chance.randrange(1, 8)) + data[start:]
