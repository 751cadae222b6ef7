"""Strict JSON: one object in UTF-8 without duplicate keys, with checked types."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec import Raw

from controller.domain.time import Utc
from controller.wire.errors import WireError
from controller.wire.limits import MAX_PAYLOAD
from controller.wire.walk import Check, checker, parse

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedValue(Generic[T]):
    """A decoded value, and how many of its fields this version does not know."""

    value: T
    unknown_fields: int
    plain: object = None
    """The parsed JSON, for further checks of what is inside."""


def enc_hook(value: object) -> object:
    """Encode a type that msgspec does not know, which is only Utc. Raises NotImplementedError."""
    if isinstance(value, Utc):
        return value.text()
    raise NotImplementedError(f"{type(value).__name__} does not cross the wire")


def dec_hook(kind: type, value: object) -> object:
    """Decode a Utc from its only spelling. Raises ValueError."""
    if kind is Utc and isinstance(value, str):
        return Utc.parse(value)
    raise ValueError(f"expected {kind.__name__} as text")


_encoder = msgspec.json.Encoder(enc_hook=enc_hook)


def encode(value: object) -> bytes:
    """Return the JSON bytes of a message, a row's value, a command's arguments or an event."""
    return _encoder.encode(value)


def raw(value: object) -> Raw:
    """Return the same bytes for use in a message: `Row.value`, `Command.args`, an event."""
    return Raw(_encoder.encode(value))


@cache
def _tools(kind: Any) -> tuple[msgspec.json.Decoder[Any], Check]:
    return msgspec.json.Decoder(kind, dec_hook=dec_hook), checker(kind)


def read(payload: bytes | Raw, kind: type[T]) -> DecodedValue[T]:
    """Decode JSON bytes to a value of that type.

    Unknown fields at any depth are ignored and counted. Any other breach of the protocol raises
    WireError: more than 256 KiB, not UTF-8, not one JSON object, a duplicate key, a missing field,
    a wrong type or range, a time in another spelling, nesting too deep.
    """
    return cast(DecodedValue[T], read_with(bytes(payload), kind, ()))


def read_with(
    payload: bytes,
    kind: Any,
    required: tuple[str, ...],
    around: Callable[[bytes, Any], bytes] | None = None,
) -> DecodedValue[Any]:
    """Decode like `read`, for any type; `required` fields must be there even if they have a
    default.

    `around` may remove parts of the bytes that are checked separately later.
    """
    name = getattr(kind, "__name__", "value")
    if len(payload) > MAX_PAYLOAD:
        raise WireError(f"{name} of {len(payload)} bytes: at most {MAX_PAYLOAD} are allowed")
    try:
        decoder, check = _tools(kind)
        value = decoder.decode(payload)
        plain = parse((around(payload, value) if around else payload).decode())
        unknown = check(plain)
    except (ValueError, msgspec.MsgspecError) as error:
        raise WireError(f"{name}: {error}") from None
    except RecursionError:
        raise WireError(f"{name}: nested too deep") from None
    for field in required:
        if not isinstance(plain, dict) or field not in plain:
            raise WireError(f"{name}: Object missing required field `{field}`")
    return DecodedValue(value=value, unknown_fields=unknown, plain=plain)


def unknown_inside(payload: bytes, kind: Any, plain: object) -> int:
    """Check a value inside a message that is parsed already; return how many of its fields are
    unknown.

    Raises WireError.
    """
    decoder, check = _tools(kind)
    try:
        decoder.decode(payload)
        return check(plain)
    except (ValueError, msgspec.MsgspecError) as error:
        raise WireError(f"{getattr(kind, '__name__', 'value')}: {error}") from None
