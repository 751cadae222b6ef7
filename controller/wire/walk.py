"""Checks that msgspec lacks: duplicate keys, unknown fields and spellings of times."""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from msgspec import inspect

from controller.wire.errors import WireError

Check = Callable[[object], int]
"""Takes parsed JSON, and returns how many of its fields are unknown. Raises WireError."""

_CLOCK = re.compile(r"\d\d:\d\d:\d\d")


class _DuplicateKey:
    """Represents an object with a duplicate key."""

    def __init__(self, key: str) -> None:
        self.key = key


def _object_of_pairs(pairs: list[tuple[str, object]]) -> object:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    keys = [key for key, _ in pairs]
    return _DuplicateKey(next(key for key in keys if keys.count(key) > 1))


# msgspec checks numbers; parsed as floats, no number is too long.
_parser = json.JSONDecoder(object_pairs_hook=_object_of_pairs, parse_int=float)


def parse(text: str) -> object:
    """Parse JSON so that `checker()` can still find duplicate keys.

    Raises ValueError, or RecursionError for a text that is nested too deep.
    """
    return _parser.decode(text)


@cache
def checker(kind: Any) -> Check:
    """Return the check for values of a type, to be used after msgspec has accepted them."""
    return _compile(inspect.type_info(kind)) or _check_keys


def _check_keys(value: object) -> int:
    """Check for duplicate keys only, at any depth."""
    if isinstance(value, _DuplicateKey):
        raise WireError(f"key {value.key!r} comes twice in one object")
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(inner, list) or isinstance(value, dict):
        for item in inner:  # type: ignore[attr-defined]
            _check_keys(item)
    return 0


def _compile(info: inspect.Type) -> Check | None:
    """Return the check for a type; None if there is nothing to check, as in a scalar."""
    match info:
        case inspect.StructType() | inspect.DataclassType():
            return _object(info)
        case inspect.DictType():
            return _mapping(_compile(info.value_type) or _accept_scalar)
        case inspect.VarTupleType() | inspect.ListType():
            return _array(_compile(info.item_type))
        case inspect.TupleType():
            return _array(next(filter(None, map(_compile, info.item_types)), None))
        case inspect.UnionType():
            return _union(info)
        case inspect.TimeType():
            return _time
        case inspect.AnyType():
            return _check_keys
        case inspect.Metadata():
            return _compile(info.type)
        case _:
            return None


def _accept_scalar(value: object) -> int:
    return 0


def _object(info: inspect.StructType | inspect.DataclassType) -> Check:
    fields = {field.encode_name: _compile(field.type) for field in info.fields}
    if isinstance(info, inspect.StructType) and info.tag_field is not None:
        fields[info.tag_field] = None

    def check(value: object) -> int:
        if not isinstance(value, dict):
            return _check_keys(value)
        unknown = 0
        for key, inner in value.items():
            if key not in fields:
                unknown += 1 + _check_keys(inner)
            elif (check_inner := fields[key]) is not None:
                unknown += check_inner(inner)
        return unknown

    return check


def _mapping(inner: Check) -> Check:
    def check(value: object) -> int:
        if not isinstance(value, dict):
            return _check_keys(value)
        return sum(map(inner, value.values()))

    return check


def _array(inner: Check | None) -> Check | None:
    if inner is None:
        return None

    def check(value: object) -> int:
        return sum(map(inner, value)) if isinstance(value, list) else 0

    return check


def _union(info: inspect.UnionType) -> Check | None:
    """Check tagged objects by their tag.

    Otherwise at most one type of a union has anything to check.
    """
    tagged: dict[object, Check] = {}
    plain: Check | None = None
    field = ""
    for member in info.types:
        if isinstance(member, inspect.StructType) and member.tag_field is not None:
            field = member.tag_field
            tagged[member.tag] = _object(member)
        else:
            plain = _compile(member) or plain

    def check(value: object) -> int:
        if isinstance(value, _DuplicateKey):
            return _check_keys(value)
        if tagged and isinstance(value, dict):
            return tagged[value[field]](value)
        return 0 if value is None or plain is None else plain(value)

    return check if tagged or plain else None


def _time(value: object) -> int:
    if isinstance(value, str) and not _CLOCK.fullmatch(value):
        raise WireError(f"{value[:40]!r} is not a local time of the form HH:MM:SS")
    return 0
