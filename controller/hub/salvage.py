"""Events of a signed message that breaks the protocol: set aside, so that none is offered for
ever."""

import msgspec

from controller.hub.directory import KnownAgent
from controller.hub.intake import NO_NUMBER, Batch, Item
from controller.wire.errors import WireError
from controller.wire.journal_bytes import event_hash, peek
from controller.wire.scalars import Id7
from controller.wire.scan import items, members

BATCH_SIZE = 1_000
"""Events of a message that are looked at; what comes after them is offered again without them."""
PROBLEM = "the message that brought it breaks the protocol"


def salvage(agent: KnownAgent, payload: bytes) -> Batch | None:
    """The events for quarantine; None when it is no batch of this version, or not even JSON."""
    try:
        around = members(payload)
        if (around.get(b'"kind"'), around.get(b'"v"')) != (b'"event_batch"', b"1"):
            return None
        stream = msgspec.json.decode(around.get(b'"stream"', b"null"), type=Id7)
        events = items(around.get(b'"events"', b"null"))[:BATCH_SIZE]
    except (WireError, ValueError, msgspec.MsgspecError):
        return None
    if not events:
        return None
    return Batch(
        agent=agent, stream=stream, boot_id="", sent_mono_ms=0, items=tuple(map(_item, events))
    )


def _item(raw: bytes) -> Item:
    seen = peek(raw)
    return Item(
        seq=seen.seq or NO_NUMBER,
        raw=raw,
        hash=event_hash(raw),
        prev_hash=seen.prev_hash,
        problem=PROBLEM,
    )
