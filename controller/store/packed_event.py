"""The storage format of events: the id as two numbers, and the bytes packed, without what columns
contain.

Most of an event is ids and names of fields. Ids are stored as binary, and the text around them is
compressed with a dictionary of typical events. Unpacking gives exactly the original bytes, since
the hash chain is computed from them.
"""

import re
import zlib
from binascii import a2b_base64, b2a_base64, hexlify, unhexlify
from functools import lru_cache
from uuid import UUID

from controller.domain.time import Utc

_CUT, _SHORT = 1, 2
"""Bits of the first byte: whether head and tail were cut off, and whether ids were shortened."""
UNSHORTENED = (0, _CUT)
"""First bytes of bodies in which ids may be compressed as text."""

_TAIL = b',"prev_hash":"%b"}'
_FORM = (
    rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    rb"|[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
)
_ID_TEXT = re.compile(_FORM)
_ID = re.compile(rb'(?<=")(' + _FORM + rb')(?=")')
_HIDDEN = re.compile(
    rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[A-Za-z0-9_-]{43}"
)
_MARK = re.compile(rb"[\x01\x02]")
_UUID, _KEY = b"\x01", b"\x02"
"""Replace an id of 36 or 43 characters in the text; JSON never contains these characters."""

_WORDS = (
    b'{"type":"door_forced"rex"fire","active":true"input_changed","input":"command_run","command_id'
    b'":"\x01","command":"release","result":"done","reason":null"journal_degraded","lost":null,"text'
    b'":null"policy_rejected"policy_applied","epoch":1,"version":1,"snapshot":false,"rows":null"cloc'
    b'k_stepped","step_ms":"agent_started","version":"0.1.0","reason":"boot","previous_stream":nul'
    b'l,"window_id":"\x01","zone":"workshop","supervisor":"\x01","until":"2026-01-01T00:00:00.000Z","'
    b'cause":"tap","certification":"laser","level":"user","trainer":"\x01","trainee":"\x01","fault":"'
    b'reader_lost","latched":false,"input":null,"session_id":null,"device":null,"text":null,"member'
    b'":null,"command_id":null,"zone":null,"from_zone":null,"headcount":1,"open_s":1.0,"cause":"gra'
    b'nt","pulse_s":5.0,"detail":null,"reason":"certification_missing","took_over":null,"state":"ru'
    b'nning","active_s":null,"idle_s":null,"powered_s":null,"session_id":"\x01","active_s":1.0,"idle'
    b'_s":1.0,"powered_s":2.0,"gap_s":0.0,"cause":"badge_out","was_running":false,"ended_ago_s":0.0'
    b',"member":"\x01","credential":"\x02","member":"\x01","assurance":"uid","policy_version":1,"crede'
    b'ntial_kind":"member","headcount":1,"supervisor":null,"notices":[]'
)
"""The compression dictionary.

It must never change, since stored events can be read only with it; a better one needs a new bit.
"""


_WINDOW_BITS = -12
"""A window of 2^12 bytes; negative: without zlib's header and checksum."""

_HALF = 1 << 63
_LOW = (1 << 64) - 1


def id_numbers(event_id: str) -> tuple[int, int]:
    """Return a UUID as two signed integers that sort like the id.

    Raises ValueError for other texts.
    """
    number = int(event_id.replace("-", ""), 16)
    if number >> 128:
        raise ValueError(f"{event_id[:40]!r} is not an id")
    return (number >> 64) - _HALF, (number & _LOW) - _HALF


def id_from(millis: int) -> int:
    """Return the smallest `id_high` of a UUIDv7 created at this time or later."""
    return (min(max(millis, 0), (1 << 48) - 1) << 16) - _HALF


def id_millis(id_high: int) -> int:
    """Return the creation time in a UUIDv7, in milliseconds since 1970."""
    return (id_high + _HALF) >> 16


def first_id(millis: int) -> str:
    """Return the smallest possible UUIDv7 created at this time or later."""
    return id_text(id_from(millis), -_HALF)


def id_text(id_high: int, id_low: int) -> str:
    """Return the UUID of two such integers."""
    return str(UUID(int=(id_high + _HALF) << 64 | id_low + _HALF))


def head_of(
    type_: str,
    seq: int,
    event_id: str,
    boot_id: str,
    mono_ms: int,
    at: Utc,
    access_point: str | None,
) -> bytes:
    """Return the beginning of an event's bytes as written by our encoder with a trusted clock."""
    point = "null" if access_point is None else f'"{access_point}"'
    return (
        f'{{"type":"{type_}","seq":{seq},"event_id":"{event_id}","boot_id":"{boot_id}",'
        f'"mono_ms":{mono_ms},"at":"{at.text()}","clock_trusted":true,"access_point":{point}'
    ).encode()


def pack(raw: bytes, head: bytes, prev_hash: str) -> bytes:
    """Return the bytes to store for an event.

    If they begin with `head` and end with `prev_hash`, both are cut off; otherwise they are stored
    whole. `unpack` with the same arguments returns them in either case.
    """
    tail = _TAIL % prev_hash.encode()
    is_cut = raw.startswith(head) and raw.endswith(tail) and len(raw) >= len(head) + len(tail)
    text = raw[len(head) : len(raw) - len(tail)] if is_cut else raw
    if _MARK.search(text):
        return bytes([is_cut]) + _deflate(text)
    parts = _ID.split(text)
    ids = [_id_bytes(id_text) for id_text in parts[1::2]]
    parts[1::2] = [_UUID if len(id_) == 16 else _KEY for id_ in ids]
    around = b"".join(parts)
    if _hides_id(around):
        return bytes([is_cut]) + _deflate(text)
    return bytes([is_cut | _SHORT]) + _deflate(around) + b"".join(ids)


def unpack(body: bytes, head: bytes, prev_hash: str) -> bytes:
    """Return the event's bytes from the result of `pack` with the same head and hash."""
    inflate = zlib.decompressobj(_WINDOW_BITS, _WORDS)
    text = inflate.decompress(body[1:]) + inflate.flush()
    if body[0] & _SHORT:
        text = _with_ids(text, inflate.unused_data)
    return head + text + _TAIL % prev_hash.encode() if body[0] & _CUT else text


def shorten(id_text: bytes) -> bytes | None:
    """Return an id in the form that `pack` stores; None if `pack` doesn't shorten it."""
    return _id_bytes(id_text) if _ID_TEXT.fullmatch(id_text) else None


@lru_cache(4096)
def _hides_id(text: bytes) -> bool:
    """Return whether an id is part of a longer string; a search must find it there."""
    return _HIDDEN.search(text) is not None


@lru_cache(4096)
def _deflate(text: bytes) -> bytes:
    """Compress a text; cached, since most events differ only in their ids."""
    deflate = zlib.compressobj(level=6, wbits=_WINDOW_BITS, memLevel=4, zdict=_WORDS)
    return deflate.compress(text) + deflate.flush()


def _id_bytes(id_text: bytes) -> bytes:
    if len(id_text) == 36:
        return unhexlify(id_text.replace(b"-", b""))
    return a2b_base64(id_text.translate(_FROM_URL) + b"=")


def _with_ids(text: bytes, ids: bytes) -> bytes:
    parts, start = [], 0
    for at, part in enumerate(re.split(rb"([\x01\x02])", text)):
        if at % 2 == 0:
            parts.append(part)
        elif part == _UUID:
            parts.append(_uuid(hexlify(ids[start : start + 16])))
            start += 16
        else:
            key = b2a_base64(ids[start : start + 32], newline=False)
            parts.append(key[:-1].translate(_TO_URL))
            start += 32
    return b"".join(parts)


def _uuid(digits: bytes) -> bytes:
    return b"-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


_FROM_URL = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")
