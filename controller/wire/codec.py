"""Encode and strictly decode MQTT messages, with the rows and arguments inside them."""

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
    """Decode a message like `read`, and check that it has the right `kind` and `v`.

    Rows of known tables and arguments of known commands are checked too, and their unknown fields
    counted. An unknown table or command is left as it is, and counts as one unknown field. The
    events of a batch are not decoded: see journal_bytes.decode_event.
    """
    decoded = (
        _read_batch(payload) if kind is EventBatch else read_with(payload, kind, ("kind", "v"))
    )
    inner = inner_unknown(decoded.value, decoded.plain)
    return DecodedValue(value=decoded.value, unknown_fields=decoded.unknown_fields + inner)


def _without_events(payload: bytes, batch: EventBatch) -> bytes:
    """Return the message without its events, if they are joined as our encoder does it."""
    return payload.replace(b",".join(batch.events), b"", 1)


def _read_batch(payload: bytes) -> DecodedValue[Any]:
    """Decode a batch; if its events can't be parsed, they are returned as they are.

    Raises WireError if it is truncated or invalid outside the events.
    """
    try:
        return read_with(payload, EventBatch, ("kind", "v"), _without_events)
    except WireError:
        if len(payload) > MAX_PAYLOAD:
            raise
        fields = members(payload)
        events = items(fields.get(b'"events"', b"null"))
    fields[b'"events"'] = b"[" + b",".join(b"null" for _ in events) + b"]"
    rest = b",".join(key + b":" + value for key, value in fields.items())
    decoded = read_with(b"{" + rest + b"}", EventBatch, ("kind", "v"))
    batch = msgspec.structs.replace(decoded.value, events=tuple(map(Raw, events)))
    return DecodedValue(value=batch, unknown_fields=decoded.unknown_fields)
