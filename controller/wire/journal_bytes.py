"""An event's bytes in a journal: sealed once with its number and its predecessor's hash."""

import hashlib
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from msgspec import UNSET, Raw

from controller.wire.errors import WireError
from controller.wire.event_base import EventBase
from controller.wire.events import Event
from controller.wire.scan import members
from controller.wire.strict import encode, read

GENESIS = "0" * 64
"""`prev_hash` of the event with seq 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEvent:
    """An event read back from its bytes."""

    event: Event
    seq: int
    prev_hash: str
    unknown_fields: int


def seal(event: EventBase, seq: int, prev_hash: str) -> bytes:
    """The event's bytes for ever: with its number, and last `prev_hash`. They are never re-encoded.

    `prev_hash` is `event_hash()` of the bytes before it in the stream, or GENESIS for seq 1.
    """
    body = encode(msgspec.structs.replace(event, seq=seq, prev_hash=UNSET))
    return body[:-1] + b',"prev_hash":"' + prev_hash.encode("ascii") + b'"}'


def event_hash(sealed: bytes | Raw) -> str:
    """SHA-256 of an event's bytes in lower-case hex: the next event's `prev_hash`."""
    return hashlib.sha256(bytes(sealed)).hexdigest()


def decode_event(sealed: bytes | Raw) -> SealedEvent:
    """Read an event; WireError for one that this version can't take (see `peek`)."""
    found = read(sealed, cast(type[Any], Event))
    event: Event = found.value
    if isinstance(event.seq, int) and isinstance(event.prev_hash, str):
        return SealedEvent(
            event=event,
            seq=event.seq,
            prev_hash=event.prev_hash,
            unknown_fields=found.unknown_fields,
        )
    raise WireError(f"event {event.event_id}: seq or prev_hash is missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peek:
    """What can be told of an event that can't be taken; None: not even that."""

    seq: int | None
    type: str | None
    prev_hash: str | None


def peek(sealed: bytes | Raw) -> Peek:
    """What can be told of any event of a batch, to quarantine and to acknowledge it. Never raises.

    Of a key that comes twice, the last counts.
    """
    try:
        head = members(bytes(sealed))
    except WireError:
        head = {}
    seq, kind, prev = (
        _scalar(head.get(key, b"null")) for key in (b'"seq"', b'"type"', b'"prev_hash"')
    )
    return Peek(
        seq=seq if type(seq) is int and 1 <= seq < 2**53 else None,
        type=kind if isinstance(kind, str) else None,
        prev_hash=prev if isinstance(prev, str) else None,
    )


def _scalar(part: bytes) -> object:
    try:
        return msgspec.json.decode(part)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return None
