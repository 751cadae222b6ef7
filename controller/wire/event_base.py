"""What event types share."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from controller.domain.facts import Assurance
from controller.domain.time import Utc
from controller.wire.scalars import BootId, Count, Hash, Id7, Key, Member, Millis, Point, Seq

Heads = Annotated[int, Meta(ge=1, le=10_000)]


class EventBase(Struct, frozen=True, kw_only=True, tag_field="type", gc=False):
    """What all events share. `seal()` in journal_bytes.py sets `seq`, and `prev_hash` last."""

    seq: Seq | UnsetType = UNSET
    """1, 2, 3, … in the stream."""
    event_id: Id7
    boot_id: BootId
    mono_ms: Millis
    at: Utc
    """The agent's wall clock, right or wrong."""
    clock_trusted: bool
    access_point: Point | None
    prev_hash: Hash | UnsetType = UNSET
    """SHA-256 of the previous event's JSON bytes; 64 zeros before seq 1. Last in the bytes."""


class Tap(EventBase, frozen=True, kw_only=True):
    """What taps share; null where nobody is known."""

    credential: Key | None = None
    member: Member | None = None
    assurance: Assurance | None = None
    """What the tap proved."""
    policy_version: Count | None = None
    """Version of the policy that decided."""


class DoorUse(EventBase, frozen=True, kw_only=True):
    """What is known of who uses a door."""

    member: Member | None = None
    """Whose grant it was; null: nobody's."""
