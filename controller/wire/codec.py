"""Strict bytes <-> message, with what is inside it."""

from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from controller.wire.errors import WireError
from controller.wire.limits import MAX_PAYLOAD
from controller.wire.messages import EventBatch, Message
from controller.wire.scan import items, members
from controller.wire.strict import DecodedValue, dec_hook, enc_hook, encode, raw, read, read_with
from controller.wire.values import inner_unknown

__all__ = ["DecodedValue", "dec_hook", "decode", "enc_hook", "encode", "raw", "read"]

M = TypeVar("M", bound=Message)


def decode(payload: bytes, kind: type[M]) -> DecodedValue[M]:
    """Read a message as `read` does; `kind` and `v` must be there and be the right ones.

    Rows of the tables that are known, and arguments of the commands that are known, are checked
    as well, and their unknown fields counted; an unknown table or command passes as it came, and
    counts as one. The events of a batch are not looked into: see journal_bytes.decode_event.
    """
    found = _read_batch(payload) if kind is EventBatch else read_with(payload, kind, ("kind", "v"))
    deeper = inner_unknown(found.value, found.plain)
    return DecodedValue(value=found.value, unknown_fields=found.unknown_fields + deeper)


def _around(payload: bytes, batch: EventBatch) -> bytes:
    """The message without its events, where they stand side by side as our encoder writes them."""
    return payload.replace(b",".join(batch.events), b"", 1)


def _read_batch(payload: bytes) -> DecodedValue[Any]:
    """A batch; one whose events no reader takes is read without them, and they stay as they came.

    What breaks off in the middle, or is wrong outside the events, raises WireError all the same.
    """
    try:
        return read_with(payload, EventBatch, ("kind", "v"), _around)
    except WireError:
        if len(payload) > MAX_PAYLOAD:
            raise
        around = members(payload)
        events = items(around.get(b'"events"', b"null"))
    around[b'"events"'] = b"[" + b",".join(b"null" for _ in events) + b"]"
    rest = b",".join(key + b":" + value for key, value in around.items())
    found = read_with(b"{" + rest + b"}", EventBatch, ("kind", "v"))
    batch = msgspec.structs.replace(found.value, events=tuple(map(Raw, events)))
    return DecodedValue(value=batch, unknown_fields=found.unknown_fields)
