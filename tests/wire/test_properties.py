"""Round trips, and bytes of every kind that never raise anything but WireError."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller.wire import topics
from controller.wire.base64url import b64decode, b64encode
from controller.wire.codec import decode, encode
from controller.wire.commands import COMMANDS
from controller.wire.digest import PolicyDigest
from controller.wire.errors import WireError
from controller.wire.examples.events import EVENTS
from controller.wire.examples.messages import MESSAGES as EXAMPLES
from controller.wire.examples.rows import ROWS
from controller.wire.journal_bytes import decode_event, event_hash, peek, seal
from controller.wire.messages import MESSAGES, Message
from controller.wire.rows import TABLES, Row, table_of
from controller.wire.schema.json_schema import event_types
from controller.wire.signatures import Signature, Signer, verify
from controller.wire.strict import read
from controller.wire.values import decode_value, row_value
from tests.support.laws import examples
from tests.wire import strategies

quick = settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SIGNER = Signer.generate()


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
@quick
@given(data=st.data())
def test_a_message_survives_the_wire(kind: type[Message], data: st.DataObject) -> None:
    message = data.draw(strategies.of(kind))
    payload = encode(message)
    found = decode(payload, kind)
    assert encode(found.value) == payload
    assert found.unknown_fields == 0


@pytest.mark.parametrize("table", TABLES)
@quick
@given(data=st.data())
def test_a_row_value_survives_the_wire(table: str, data: st.DataObject) -> None:
    value = data.draw(strategies.of(TABLES[table]))
    assert table_of(value) == table
    assert decode_value(table, encode(value)).value == value


@pytest.mark.parametrize("name", COMMANDS)
@quick
@given(data=st.data())
def test_arguments_survive_the_wire(name: str, data: st.DataObject) -> None:
    args = data.draw(strategies.of(COMMANDS[name]))
    assert read(encode(args), COMMANDS[name]).value == args


@pytest.mark.parametrize("name", event_types())
@quick
@given(data=st.data(), seq=st.integers(1, 2**53 - 1))
def test_an_event_survives_its_journal(name: str, data: st.DataObject, seq: int) -> None:
    event = data.draw(strategies.of(event_types()[name]))
    prev = event_hash(b"what was before")
    sealed = seal(event, seq, prev)
    found = decode_event(sealed)
    assert (found.seq, found.prev_hash, found.unknown_fields) == (seq, prev, 0)
    assert seal(found.event, seq, prev) == sealed
    assert sealed.endswith(b',"prev_hash":"' + prev.encode() + b'"}')


def attempt(payload: bytes) -> None:
    """Offer bytes to everything that reads bytes; only WireError may come out."""
    readers: list[Callable[[bytes], object]] = [decode_event]
    readers += [partial(decode, kind=kind) for kind in MESSAGES]
    readers += [partial(decode_value, table) for table in (*TABLES, "parking")]
    for reader in readers:
        try:
            reader(payload)
        except WireError as problem:
            complaint = str(problem)
        else:
            complaint = ""
        assert "\n" not in complaint
    peek(payload)


@quick
@given(st.binary(max_size=300))
def test_any_bytes_raise_only_wire_errors(payload: bytes) -> None:
    attempt(payload)


@quick
@given(st.dictionaries(strategies.TEXT, strategies.JSON, max_size=5))
def test_any_object_raises_only_wire_errors(value: dict[str, Any]) -> None:
    attempt(json.dumps(value).encode())


SEEDS = [encode(message) for message in EXAMPLES.values()]
SEEDS += [bytes(row.value) for row in ROWS.values()]
SEEDS += [*EVENTS.values()]


@settings(quick, max_examples=examples(300))
@given(seed=st.sampled_from(SEEDS), data=st.data())
def test_damaged_bytes_raise_only_wire_errors(seed: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(seed) - 1))
    end = data.draw(st.integers(start, min(len(seed), start + 20)))
    piece = data.draw(st.binary(max_size=6) | st.sampled_from([b"null", b"[", b"{", b'"', b"1e99"]))
    attempt(seed[:start] + piece + seed[end:])


def paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in JSON."""
    found = [path] if path else []
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        found += paths(inner, (*path, key))
    return found


@settings(quick, max_examples=examples(300))
@given(seed=st.sampled_from(SEEDS), data=st.data())
def test_another_value_anywhere_raises_only_wire_errors(seed: bytes, data: st.DataObject) -> None:
    value = json.loads(seed)
    *above, last = data.draw(st.sampled_from(paths(value)))
    place = value
    for key in above:
        place = place[key]
    place[last] = data.draw(strategies.JSON)
    attempt(json.dumps(value).encode())


@quick
@given(st.text(max_size=80))
def test_any_topic_is_parsed_or_refused(topic: str) -> None:
    try:
        topics.parse(topic)
    except WireError:
        return
    raise AssertionError("no random text is a topic")


@settings(quick, max_examples=examples(200))
@given(message=strategies.messages(), data=st.data())
def test_a_changed_message_never_verifies(message: Message, data: st.DataObject) -> None:
    topic, payload = "loquet/1/lab/agents/pi-1/events", encode(message)
    good = SIGNER.sign(topic, payload)
    assert verify(SIGNER.public_key_bytes, topic, payload, good)
    at = data.draw(st.integers(0, len(payload) - 1))
    flip = data.draw(st.integers(1, 255))
    changed = payload[:at] + bytes([payload[at] ^ flip]) + payload[at + 1 :]
    assert not verify(SIGNER.public_key_bytes, topic, changed, good)
    assert not verify(SIGNER.public_key_bytes, topic, payload[:at], good)
    other = data.draw(st.text(max_size=40).filter(lambda text: text != topic))
    assert not verify(
        SIGNER.public_key_bytes, other.encode("utf-8", "replace").decode(), payload, good
    )
    sig = bytearray(b64decode(good.sig))
    sig[data.draw(st.integers(0, 63))] ^= flip
    assert not verify(
        SIGNER.public_key_bytes, topic, payload, Signature(good.kid, b64encode(bytes(sig)))
    )


@quick
@given(st.text(max_size=100), st.text(max_size=20))
def test_verifying_never_raises(sig: str, kid: str) -> None:
    assert not verify(SIGNER.public_key_bytes, "a", b"b", Signature(kid, sig))
    assert not verify(SIGNER.public_key_bytes, "a", b"b", Signature(SIGNER.kid, sig))


@quick
@given(st.binary(max_size=100))
def test_base64url_round_trip(data: bytes) -> None:
    assert b64decode(b64encode(data)) == data


@quick
@given(st.lists(strategies.rows(), max_size=8), st.randoms())
def test_the_digest_does_not_depend_on_order(rows: list[Row], random: Any) -> None:
    one, other = PolicyDigest(), PolicyDigest()
    shuffled = list(rows)
    random.shuffle(shuffled)
    for row in rows:
        one.add(row.table, row.key, row.version)
    for row in shuffled:
        other.replace(row.table, row.key, None, row.version)
    assert one.text == other.text
    for row in shuffled:
        one.remove(row.table, row.key, row.version)
    assert one.text == "0" * 64


@quick
@given(strategies.rows())
def test_a_row_reads_as_what_it_carries(row: Row) -> None:
    value = row_value(row)
    assert (value is None) == row.removed
    assert value is None or table_of(value) == row.table
