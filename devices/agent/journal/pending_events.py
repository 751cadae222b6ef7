"""Events that belong to what is kept: on disk with it, until the journal is known to hold them.

What is kept (`state.db`) and the journal are two files: a power cut between their commits must not
leave a session that is over in one and open in the other. So the events of a change are kept
together with it, and the next start gives them to the journal if they did not arrive there.
"""

import logging
from collections.abc import Sequence

import msgspec

from controller.wire.errors import WireError
from controller.wire.events import Event
from controller.wire.journal_bytes import GENESIS, decode_event, seal
from devices.agent.journal.ledger import Ledger

log = logging.getLogger(__name__)

PENDING_KEY = "journal/pending"


class _Pending(msgspec.Struct, frozen=True, kw_only=True):
    stream: str
    after: int
    """The stream's last number when they were kept: higher now, and they have arrived."""
    events: tuple[msgspec.Raw, ...]


def pack_events(events: Sequence[Event], ledger: Ledger) -> bytes:
    """These events as bytes to keep, before they are appended to that ledger."""
    raws = tuple(msgspec.Raw(seal(event, 1, GENESIS)) for event in events)
    file = ledger.current.file
    return msgspec.json.encode(_Pending(stream=file.stream, after=file.last_seq, events=raws))


def missing_events(kept: bytes | None, ledger: Ledger) -> list[Event]:
    """The events kept by an earlier run that its journal did not get any more."""
    if kept is None:
        return []
    try:
        left = msgspec.json.decode(kept, type=_Pending)
        events = [decode_event(raw).event for raw in left.events]
    except (msgspec.MsgspecError, WireError) as error:
        log.error("events kept beside the journal cannot be read: %s", error)
        return []
    file = ledger.current.file
    if file.stream == left.stream:
        return events if file.last_seq == left.after else []
    here = {decode_event(data).event.event_id for _, data in file.after(0, file.last_seq)}
    return [event for event in events if event.event_id not in here]
