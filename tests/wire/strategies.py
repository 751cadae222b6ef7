"""Hypothesis strategies for everything that crosses the wire, made from its types."""

import re
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

from hypothesis import strategies as st
from msgspec import Raw, inspect

from controller.domain.ids import END
from controller.domain.time import Utc
from controller.wire.codec import raw
from controller.wire.commands import COMMANDS
from controller.wire.journal_bytes import seal
from controller.wire.messages import MESSAGES, Command, EventAck, EventBatch, Message
from controller.wire.rows import TABLES, Row
from controller.wire.schema.json_schema import event_types
from controller.wire.values import make_row, removed_row

Strategy = st.SearchStrategy[Any]

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)).map(Utc.of)  # noqa: DTZ001
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def of(kind: type[Any]) -> Strategy:
    """Values of a message, an event, a row's value or a command's arguments."""
    if kind is Row:
        return rows()
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType | inspect.DataclassType)
    fields = {field.name: _of(field.type) for field in info.fields}
    if kind is Command:
        return _commands(fields)
    if kind is EventBatch:
        fields["events"] = st.lists(sealed_events().map(Raw), min_size=1, max_size=3).map(tuple)
    if kind is EventAck:
        numbers = st.lists(st.integers(1, 2**53 - 1), max_size=8, unique=True).map(sorted)
        return st.builds(_ack, numbers, **(fields | {"through": st.just(0), "also": st.just(())}))
    return st.builds(kind, **fields)


def _ack(numbers: list[int], **fields: Any) -> EventAck:
    """One whose ranges are in order and apart, as every hub's are."""
    through, rest = (numbers[0], numbers[1:]) if numbers else (0, [])
    also = tuple(zip(rest[::2], rest[1::2], strict=False))
    return EventAck(**(fields | {"through": through, "also": also}))


@cache
def rows() -> Strategy:
    """Rows of every table, with a value or removed."""
    key = matching(r"[A-Za-z0-9_.:-]{1,128}")
    version = st.integers(1, 2**53 - 1)
    values = st.one_of([of(kind) for kind in TABLES.values()])
    gone = st.builds(removed_row, st.sampled_from(sorted(TABLES)), key, version)
    return st.builds(make_row, key, version, values) | gone


@cache
def events() -> Strategy:
    """Events of every type."""
    return st.one_of([of(kind) for kind in event_types().values()])


@cache
def sealed_events() -> Strategy:
    """Their bytes in a journal."""
    hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
    return st.builds(seal, events(), st.integers(1, 2**53 - 1), hashes)


@cache
def messages() -> st.SearchStrategy[Message]:
    """Messages of every kind."""
    return st.one_of([of(kind) for kind in MESSAGES])


def _commands(fields: dict[str, Strategy]) -> Strategy:
    def typed(name: str) -> Strategy:
        args = of(COMMANDS[name]).map(raw)
        return st.builds(Command, **(fields | {"type": st.just(name), "args": args}))

    return st.sampled_from(sorted(COMMANDS)).flatmap(typed)


@cache
def matching(pattern: str) -> Strategy:
    """Texts that match the whole pattern.

    Most are letters and classes in a row, which are drawn piece by piece: `from_regex` draws, and
    can shorten, each letter by itself, and most of the time of all these laws went there.
    """
    pieces = list(_PIECE.finditer(pattern))
    if "".join(piece[0] for piece in pieces) != pattern:
        return st.from_regex(pattern, fullmatch=True)
    return st.tuples(*map(_piece, pieces)).map("".join)


_PIECE = re.compile(r"\[(?P<letters>[^]^]+)\](?:\{(?P<least>\d+)(?:,(?P<most>\d+))?\})?|[\w-]")


def _piece(piece: re.Match[str]) -> Strategy:
    if piece["letters"] is None:
        return st.just(piece[0])
    letters = [chr(code) for code in range(128) if re.match(f"[{piece['letters']}]", chr(code))]
    least = int(piece["least"] or 1)
    return st.text(letters, min_size=least, max_size=int(piece["most"] or least))


def _of(info: inspect.Type) -> Strategy:
    match info:
        case inspect.Metadata():
            return _of(info.type)
        case inspect.StructType() | inspect.DataclassType():
            return of(info.cls)
        case inspect.EnumType():
            return st.sampled_from(list(info.cls))
        case inspect.LiteralType():
            return st.sampled_from(info.values)
        case inspect.UnionType():
            return st.one_of([_of(part) for part in info.types])
        case inspect.VarTupleType():
            few = 3 if info.max_length is None else min(3, info.max_length)
            return st.lists(_of(info.item_type), min_size=info.min_length or 0, max_size=few).map(
                tuple
            )
        case inspect.TupleType():
            return st.tuples(*map(_of, info.item_types))
        case inspect.DictType():
            return st.dictionaries(TEXT, JSON, max_size=3)
        case _:
            return _scalar(info)


def _scalar(info: inspect.Type) -> Strategy:
    match info:
        case inspect.StrType(pattern=str(pattern)):
            return matching(pattern.removeprefix("^").removesuffix(END))
        case inspect.StrType():
            return TEXT
        case inspect.IntType():
            return st.integers(
                -(2**53) if info.ge is None else info.ge, 2**53 if info.le is None else info.le
            )
        case inspect.FloatType():
            low = info.ge if info.ge is not None else info.gt
            return st.floats(
                low, info.le, exclude_min=info.gt is not None, allow_nan=False, allow_infinity=False
            )
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.CustomType():
            return TIMES
        case inspect.TimeType():
            return st.times(time(0), time(23, 59)).map(lambda one: one.replace(microsecond=0))
        case inspect.RawType():
            return st.nothing()  # what is inside depends on what is beside it
        case inspect.DateType():
            return st.dates(date(2000, 1, 1))
        case _:
            raise AssertionError(f"no strategy for {info}")
