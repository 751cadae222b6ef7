"""The bytes of a journal's events: each is encoded once, with its number and the previous hash."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from msgspec import UNSET, Raw, Struct

from controller.wire.errors import WireError
from controller.wire.events import Event, EventBase
from controller.wire.limits import MAX_PAYLOAD
from controller.wire.scan import members
from controller.wire.strict import dec_hook, encode, read

GENESIS = "0" * 64
"""`prev_hash` of the event with seq 1."""


_TAIL = re.compile(rb',"prev_hash":"[0-9a-f]{64}"}')
_TAIL_BYTES = 80
"""Of which 14 are before the hash, and 2 after it."""
_decoder = msgspec.json.Decoder(cast(type[Any], Event), dec_hook=dec_hook)


class SealedEvent(Struct, frozen=True, kw_only=True, gc=False):
    """An event decoded from a journal's bytes."""

    event: Event
    seq: int
    prev_hash: str
    unknown_fields: int


def seal(event: EventBase, seq: int, prev_hash: str) -> bytes:
    """Encode an event for a journal, with its number and `prev_hash` at the end.

    These bytes are stored and sent, and never encoded again. `prev_hash` is `event_hash()` of the
    previous bytes in the stream, or GENESIS for seq 1.
    """
    body = encode(msgspec.structs.replace(event, seq=seq, prev_hash=UNSET))
    return body[:-1] + b',"prev_hash":"' + prev_hash.encode("ascii") + b'"}'


def event_hash(sealed: bytes | Raw) -> str:
    """Return the SHA-256 of an event's bytes in lower-case hex: the next event's `prev_hash`."""
    return hashlib.sha256(bytes(sealed)).hexdigest()


def decode_event(sealed: bytes | Raw) -> SealedEvent:
    """Decode an event. Raises WireError if this version can't (see `peek`)."""
    data = bytes(sealed)
    return _as_sealed_here(data) or _decode(data)


def _as_sealed_here(data: bytes) -> SealedEvent | None:
    """Return the event, if `seal` would encode it to exactly these bytes; else None.

    Then it has no unknown or duplicate fields, and the slower `_decode` is not needed. This is the
    usual case.
    """
    head, tail = data[:-_TAIL_BYTES] + b"}", data[-_TAIL_BYTES:]
    if len(data) > MAX_PAYLOAD or not _TAIL.fullmatch(tail):
        return None
    try:
        event: Event = _decoder.decode(head)
        is_ours = isinstance(event.seq, int) and encode(event) == head
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return None
    if not is_ours:
        return None
    return SealedEvent(
        event=event, seq=cast(int, event.seq), prev_hash=tail[14:-2].decode(), unknown_fields=0
    )


def _decode(sealed: bytes) -> SealedEvent:
    decoded = read(sealed, cast(type[Any], Event))
    event: Event = decoded.value
    if isinstance(event.seq, int) and isinstance(event.prev_hash, str):
        return SealedEvent(
            event=event,
            seq=event.seq,
            prev_hash=event.prev_hash,
            unknown_fields=decoded.unknown_fields,
        )
    raise WireError(f"event {event.event_id}: seq or prev_hash is missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peek:
    """What can be read of an event that can't be decoded; None: not readable."""

    seq: int | None
    type: str | None
    prev_hash: str | None


def peek(sealed: bytes | Raw) -> Peek:
    """Read what can be read of any event of a batch, to quarantine and acknowledge it. Never
    raises.

    If a key is there twice, the last one counts.
    """
    try:
        head = members(bytes(sealed))
    except WireError:
        head = {}
    seq, kind, prev = (
        _decode_scalar(head.get(key, b"null")) for key in (b'"seq"', b'"type"', b'"prev_hash"')
    )
    return Peek(
        seq=seq if type(seq) is int and 1 <= seq < 2**53 else None,
        type=kind if isinstance(kind, str) else None,
        prev_hash=prev if isinstance(prev, str) else None,
    )


def _decode_scalar(part: bytes) -> object:
    try:
        return msgspec.json.decode(part)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return None
