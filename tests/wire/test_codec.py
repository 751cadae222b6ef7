"""Strictness: what is rejected, in one line, and what is let through."""

import json
from typing import Any

import pytest

from controller.domain.facts import AccessPoint, Booking, Schedule
from controller.wire.codec import decode, encode
from controller.wire.errors import WireError
from controller.wire.examples.events import EVENTS
from controller.wire.examples.messages import COMMANDS, MESSAGES
from controller.wire.examples.rows import ROWS
from controller.wire.journal_bytes import Peek, decode_event, peek
from controller.wire.limits import MAX_PAYLOAD
from controller.wire.messages import (
    AgentStatus,
    AgentWiring,
    Command,
    EventBatch,
    PolicyDelta,
    PolicyHead,
    PolicyPage,
    SyncRequest,
)
from controller.wire.rows import Row
from controller.wire.strict import dec_hook, read
from controller.wire.values import decode_args, decode_value, row_value

HEAD = encode(MESSAGES["policy_head"])


def changed(payload: bytes, **fields: Any) -> bytes:
    """A payload with other fields; `...` takes one away."""
    plain = json.loads(payload) | fields
    return json.dumps({key: value for key, value in plain.items() if value is not ...}).encode()


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"", "truncated"),
        (b"nonsense", "malformed"),
        (b"[]", "Expected `object`"),
        (b"null", "Expected `object`"),
        (b'{"kind":"policy_head"', "truncated"),
        (HEAD + b" x", "trailing"),
        (HEAD.replace(b'"epoch":1', b'"epoch":1,"epoch":1'), "'epoch' comes twice"),
        (changed(HEAD, more={"a": {"b": 1}}).replace(b'{"b"', b'{"b":2,"b"'), "'b' comes twice"),
        (changed(HEAD, more=[[{"b": 1}]]).replace(b'{"b"', b'{"b":2,"b"'), "'b' comes twice"),
        (changed(HEAD, kind="policy_tail"), "Invalid value 'policy_tail'"),
        (changed(HEAD, kind=...), "missing required field `kind`"),
        (changed(HEAD, v=2), "Invalid enum value 2"),
        (changed(HEAD, v=...), "missing required field `v`"),
        (changed(HEAD, epoch=...), "missing required field `epoch`"),
        (changed(HEAD, epoch="1"), "Expected `int`"),
        (changed(HEAD, epoch=1.5), "Expected `int`"),
        (changed(HEAD, epoch=True), "Expected `int`"),
        (changed(HEAD, epoch=-1), ">= 0"),
        (changed(HEAD, epoch=2**53), "<= 9007199254740991"),
        (HEAD.replace(b'"epoch":1', b'"epoch":1' + b"0" * 5000), "PolicyHead"),
        (changed(HEAD, digest="A" * 64), "matching regex"),
        (changed(HEAD, digest="a" * 64 + "\n"), "matching regex"),
        (changed(HEAD, at=1_700_000_000), "as text"),
        (changed(HEAD, at="2026-11-24T09:30:00Z"), "YYYY-MM-DDTHH:MM:SS.mmmZ"),
        (changed(HEAD, at="2026-11-24T09:30:00.000+00:00"), "YYYY-MM-DDTHH:MM:SS.mmmZ"),
        (changed(HEAD, at="2026-11-24T09:30:00.000000Z"), "YYYY-MM-DDTHH:MM:SS.mmmZ"),
        (changed(HEAD, at="2026-13-24T09:30:00.000Z"), "month must be in 1..12"),
        (HEAD.replace(b'"epoch":1', b'"epoch":NaN'), "malformed"),
        (HEAD.replace(b'"epoch":1', b'"epoch":1e999'), "out of range"),
        (changed(HEAD, more=1).replace(b'"more": 1', b'"more": 1e999'), None),
        (HEAD.replace(b"policy_head", b"policy_head\xff"), "utf-8"),
        (changed(HEAD, more=1).replace(b'"more": 1', b'"more": "\xff"'), "utf-8"),
        (changed(HEAD, more="x" * MAX_PAYLOAD), "at most 262144 are allowed"),
        (changed(HEAD, more=1).replace(b'"more": 1', b'"more": ' + b"[" * 100_000), "PolicyHead"),
        (
            changed(HEAD, more=1).replace(
                b'"more": 1', b'"more": ' + b"[" * 100_000 + b"]" * 100_000
            ),
            "nested too deep",
        ),
        (
            changed(HEAD, more=1).replace(
                b'"more": 1', b'"more": ' + b'{"a":' * 40_000 + b"1" + b"}" * 40_000
            ),
            "PolicyHead",
        ),
    ],
)
def test_a_head_that_breaks_a_rule(payload: bytes, says: str | None) -> None:
    if says is None:
        assert decode(payload, PolicyHead).unknown_fields == 1
        return
    with pytest.raises(WireError) as caught:
        decode(payload, PolicyHead)
    assert says.lower() in str(caught.value).lower()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= 500


def test_a_payload_of_exactly_the_limit_is_taken() -> None:
    room = MAX_PAYLOAD - len(changed(HEAD, more=""))
    payload = changed(HEAD, more="x" * room)
    assert len(payload) == MAX_PAYLOAD
    assert decode(payload, PolicyHead).unknown_fields == 1


def test_unknown_fields_are_counted_at_any_depth() -> None:
    status = changed(encode(MESSAGES["agent_status"]), a=1, b={"c": 1})
    assert decode(status, AgentStatus).unknown_fields == 2
    row = json.loads(encode(ROWS["holder"]))
    row["value"]["nickname"] = "x"
    row["value"]["certifications"][0]["grade"] = 3
    row["colour"] = "blue"
    page = changed(encode(MESSAGES["policy_page"]), rows=[row], more=None)
    assert decode(page, PolicyPage).unknown_fields == 4


def test_what_has_no_fields_of_its_own_has_no_unknown_ones() -> None:
    wiring = json.loads(encode(MESSAGES["agent_wiring"]))
    wiring["access_points"][0]["reader"]["anything"] = {"goes": [1, {"here": 2}]}
    assert decode(json.dumps(wiring).encode(), AgentWiring).unknown_fields == 0
    twice = json.dumps(wiring).replace('{"here"', '{"here": 1, "here"').encode()
    with pytest.raises(WireError, match="'here' comes twice"):
        decode(twice, AgentWiring)


def test_a_row_of_an_unknown_table_is_kept_as_it_came() -> None:
    row = b'{"table":"parking","key":"p1","version":7,"value":{"a":[1,{"b":null}]}}'
    page = encode(MESSAGES["policy_page"]).replace(b'"rows":[', b'"rows":[' + row + b",")
    found = decode(page, PolicyPage)
    assert found.unknown_fields == 1
    assert bytes(found.value.rows[0].value) == b'{"a":[1,{"b":null}]}'
    assert encode(found.value) == page
    with pytest.raises(WireError, match="'parking' is not known"):
        row_value(found.value.rows[0])


def test_a_wrong_value_of_a_known_table_rejects_the_message() -> None:
    delta = encode(MESSAGES["policy_delta"]).replace(b'"zone":"workshop"', b'"zone":7')
    with pytest.raises(WireError, match="Window: Expected `str`"):
        decode(delta, PolicyDelta)
    twice = encode(MESSAGES["policy_delta"]).replace(b'"zone":"workshop"', b'"zone":"a","zone":"b"')
    with pytest.raises(WireError, match="'zone' comes twice"):
        decode(twice, PolicyDelta)


@pytest.mark.parametrize("key", ["", "a" * 129, "a b", "a\n"])
def test_a_row_key_has_a_pattern(key: str) -> None:
    with pytest.raises(WireError, match="matching regex"):
        read(changed(encode(ROWS["zone"]), key=key), Row)


def test_a_point_of_a_later_version_is_out_of_service_and_names_its_needs() -> None:
    row = json.loads(encode(ROWS["point"]))
    row["value"]["risk"] = "radioactive"
    with pytest.raises(WireError, match="radioactive"):
        decode_value("point", json.dumps(row["value"]).encode())
    row["value"]["needs"] = ["geiger"]
    page = changed(encode(MESSAGES["policy_page"]), rows=[row])
    found = decode(page, PolicyPage)
    assert found.unknown_fields == 1
    point = row_value(found.value.rows[0])
    assert isinstance(point, AccessPoint)
    assert (point.id, point.needs, point.in_service) == ("laser-1", ("geiger",), False)
    assert point.name.en == "Laser cutter"


def test_a_point_that_is_merely_wrong_is_rejected() -> None:
    with pytest.raises(WireError, match=r"AccessPoint: .*`id`"):
        decode_value("point", b'{"kind":"machine"}')


@pytest.mark.parametrize("clock", ["9:00:00", "09:00", "09:00:00Z", "09:00:00+01:00", "09:00:00.5"])
def test_local_times_have_one_spelling(clock: str) -> None:
    value = {"weekly": [{"weekday": 0, "start": clock, "end": "10:00:00"}]}
    with pytest.raises(WireError, match="Schedule: "):
        read(json.dumps(value).encode(), Schedule)
    exception = {"exceptions": [{"date": "2026-01-01", "windows": [[clock, "10:00:00"]]}]}
    with pytest.raises(WireError, match="Schedule: "):
        read(json.dumps(exception).encode(), Schedule)


def test_a_command_of_an_unknown_type_passes_so_that_it_can_be_refused() -> None:
    payload = changed(encode(COMMANDS["renew"]), type="dance", args={"steps": 3})
    found = decode(payload, Command)
    assert found.unknown_fields == 1
    with pytest.raises(WireError, match="'dance' is not known"):
        decode_args(found.value)


def test_arguments_are_checked_with_their_command() -> None:
    with pytest.raises(WireError, match="ReleaseDoor: Expected `float` <= 300"):
        decode(changed(encode(COMMANDS["release_door"]), args={"pulse_s": 1e6}), Command)
    found = decode(changed(encode(COMMANDS["identify"]), args={"colour": "red"}), Command)
    assert found.unknown_fields == 1
    with pytest.raises(WireError, match="Expected `object`"):
        decode(changed(encode(COMMANDS["lock_door"]), args=None), Command)


def test_one_bad_event_does_not_spoil_its_batch() -> None:
    good = EVENTS["access_granted"]
    bad = [
        b'{"seq":2,"seq":3,"type":"rex"}',
        b'{"seq":4,"type":"painted"}',
        b'"text"',
        good.replace(b"granted", b"painted"),
    ]
    batch = json.loads(encode(MESSAGES["event_batch"]))
    batch["events"] = ["@"]
    payload = json.dumps(batch).encode().replace(b'"@"', b",".join([*bad, good]))
    found = decode(payload, EventBatch)
    assert found.unknown_fields == 0
    for raw in found.value.events[:-1]:
        with pytest.raises(WireError):
            decode_event(raw)
    assert bytes(found.value.events[-1]) == good
    assert decode_event(found.value.events[-1]).seq == 1
    assert [peek(raw).seq for raw in found.value.events] == [3, 4, None, 1, 1]


def test_a_batch_has_1_to_100_events() -> None:
    batch = json.loads(encode(MESSAGES["event_batch"]))
    wrong: tuple[list[object], ...] = ([], [{}] * 101)
    for events in wrong:
        with pytest.raises(WireError, match="Expected `array` of length"):
            decode(changed(encode(MESSAGES["event_batch"]), events=events), EventBatch)
    assert decode(json.dumps(batch | {"events": [{}] * 100}).encode(), EventBatch)


@pytest.mark.parametrize("field", ["seq", "prev_hash"])
def test_an_event_needs_its_number_and_its_hash(field: str) -> None:
    with pytest.raises(WireError, match="seq or prev_hash is missing"):
        decode_event(changed(EVENTS["rex"], **{field: ...}))


def test_peek_tells_what_can_be_told() -> None:
    event = EVENTS["rex"].replace(b'"rex"', b'"yodel"')
    found = peek(event)
    assert found.type == "yodel"
    assert found.prev_hash is not None
    assert found.seq is not None
    for odd in (b'{"seq":"1","type":7,"prev_hash":[]}', b"{", b"7", b'{"seq":0}', b"\xff"):
        assert peek(odd) == Peek(seq=None, type=None, prev_hash=None)
    assert peek(b'{"seq":' + b"[" * 100_000 + b"]" * 100_000 + b"}").seq is None


def test_ids_are_checked() -> None:
    request = encode(MESSAGES["sync_request"])
    for wrong in (
        "",
        "01938f5e-ac00-4a63-8d42-1e5f6a7b8c9d",
        "01938F5E-AC00-7A63-8D42-1E5F6A7B8C9D",
    ):
        with pytest.raises(WireError, match="matching regex"):
            decode(changed(request, request_id=wrong), SyncRequest)


def test_a_value_that_is_no_text_is_no_time() -> None:
    with pytest.raises(WireError, match="Booking: expected Utc as text"):
        read(changed(bytes(ROWS["booking"].value), starts_at=None), Booking)
    with pytest.raises(ValueError, match="expected complex as text"):
        dec_hook(complex, "1")


def test_only_known_types_are_encoded() -> None:
    with pytest.raises(NotImplementedError, match="complex does not cross the wire"):
        encode(1j)


def test_a_key_that_comes_twice_in_an_event_is_found() -> None:
    twice = EVENTS["input_changed"].replace(b'"input":', b'"input":"x","input":', 1)
    with pytest.raises(WireError, match="'input' comes twice"):
        decode_event(twice)


def test_a_number_of_any_length_does_no_harm_in_a_field_that_is_unknown() -> None:
    long = HEAD[:-1] + b',"more":' + b"9" * 5000 + b"}"
    assert decode(long, PolicyHead).unknown_fields == 1
