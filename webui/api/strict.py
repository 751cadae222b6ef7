"""Read bodies and queries strictly, before the services turn them into typed shapes."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from controller.kernel.validate import parse

MOST_EXACT = 2**53
"""Beyond it a number with a point is no longer a certain integer."""
Q = TypeVar("Q", bound=msgspec.Struct)


class MalformedRequest(Exception):
    """The request can't be read at all (400)."""


def read_json(body: bytes) -> Any:
    """Parse a body as JSON: UTF-8, no duplicate keys, no NaN, not too deep. Raises Malformed."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_number,
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError as error:
        raise MalformedRequest("the body is not UTF-8 text") from error
    except RecursionError as error:
        raise MalformedRequest("the body is nested too deeply") from error
    except ValueError as error:
        raise MalformedRequest(f"the body is not valid JSON: {error}") from error
    return value


def read_query(given: Mapping[str, str], kind: type[Q]) -> Q:
    """Turn query parameters into their type. Raises Invalid with every parameter at fault."""
    return parse(given, kind, strict=False)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same key twice")
    return found


def _number(text: str) -> float:
    """`2.0` is the integer 2, as JSON Schema has it (section 4.2.3)."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= MOST_EXACT else value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
