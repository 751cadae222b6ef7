"""Events come back from the database byte for byte, and an id in them is found as it is stored."""

from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.time import Utc
from controller.kernel.journal import TYPES
from controller.store.packed_event import (
    UNSHORTENED,
    first_id,
    head_of,
    id_from,
    id_millis,
    id_numbers,
    id_text,
    pack,
    shorten,
    unpack,
)
from controller.wire.events import AccessGranted, Event, Rex
from controller.wire.ids import uuid7
from controller.wire.journal_bytes import GENESIS, seal

AT = Utc.parse("2026-03-02T09:00:00.123Z")
KEY = "A" * 42 + "Q"
HASH = "ab" * 32


def sealed(**fields: object) -> tuple[bytes, bytes]:
    """The bytes of a grant, and how they begin."""
    boot, event_id = uuid7(), uuid7()
    common = {"event_id": event_id, "boot_id": boot, "mono_ms": 7, "at": AT, "clock_trusted": True}
    event = AccessGranted(**(common | {"access_point": "laser"} | fields))  # type: ignore[arg-type]
    head = head_of("access_granted", 3, event_id, boot, 7, AT, "laser")
    return seal(event, 3, HASH), head


def test_every_type_of_event_has_a_number() -> None:
    assert {kind.__struct_config__.tag for kind in get_args(Event)} == set(TYPES)
    assert len(TYPES) == len(set(TYPES))


def test_what_columns_say_is_cut_off_and_ids_take_their_bytes() -> None:
    member = uuid7()
    raw, head = sealed(credential=KEY, member=member)
    body = pack(raw, head, HASH)
    assert unpack(body, head, HASH) == raw
    assert len(body) < 80 < len(raw) / 5
    for name in (member, KEY):
        short = shorten(name.encode())
        assert short is not None
        assert short in body


def test_an_event_without_fields_of_its_own_is_three_bytes() -> None:
    boot, event_id = uuid7(), uuid7()
    event = Rex(
        event_id=event_id, boot_id=boot, mono_ms=0, at=AT, clock_trusted=True, access_point=None
    )
    head = head_of("rex", 1, event_id, boot, 0, AT, None)
    body = pack(seal(event, 1, GENESIS), head, GENESIS)
    assert len(body) == 3
    assert unpack(body, head, GENESIS) == seal(event, 1, GENESIS)


def test_bytes_that_are_spelled_otherwise_are_kept_whole() -> None:
    raw, head = sealed(member=uuid7())
    for other in (raw.replace(b'"mono_ms":7', b'"mono_ms": 7'), raw.replace(b":3,", b":3.0,")):
        assert unpack(pack(other, head, HASH), head, HASH) == other


def test_an_id_inside_a_longer_text_is_not_hidden_from_whoever_looks_for_it() -> None:
    member = uuid7()
    raw = b'{"text":"it was %b, I think","member":"%b"}' % (member.encode(), KEY.encode())
    body = pack(raw, b"no", HASH)
    assert body[0] in UNSHORTENED
    assert unpack(body, b"no", HASH) == raw


@given(st.binary(max_size=300), st.binary(max_size=30))
def test_any_bytes_come_back(raw: bytes, head: bytes) -> None:
    assert unpack(pack(raw, head, HASH), head, HASH) == raw
    whole = head + raw + b',"prev_hash":"' + HASH.encode() + b'"}'
    assert unpack(pack(whole, head, HASH), head, HASH) == whole


@given(st.uuids(), st.uuids())
def test_ids_as_numbers_sort_as_ids_do(one: UUID, other: UUID) -> None:
    assert id_text(*id_numbers(str(one))) == str(one)
    assert (id_numbers(str(one)) < id_numbers(str(other))) == (str(one) < str(other))
    assert all(-(1 << 63) <= half < 1 << 63 for half in id_numbers(str(one)))


@given(st.integers(0, (1 << 48) - 1))
def test_ids_made_at_a_time_begin_where_it_says(millis: int) -> None:
    high, low = id_numbers(uuid_of(millis))
    assert id_from(millis) <= high < id_from(millis) + (1 << 16)
    assert id_millis(high) == millis
    assert first_id(millis) <= uuid_of(millis)
    assert low < 1 << 63


def uuid_of(millis: int) -> str:
    return str(UUID(int=millis << 80 | 0x7 << 76 | 0b10 << 62))


def test_what_is_no_id_is_said_to_be_none() -> None:
    for wrong in ("", "event-1", "g" * 32, "f" * 40):
        with pytest.raises(ValueError, match=r"id|invalid literal|badly formed"):
            id_numbers(wrong)
