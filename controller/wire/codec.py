"""Strict bytes <-> message, with what is inside it."""

from typing import TypeVar

from controller.wire.messages import Message
from controller.wire.strict import Decoded, dec_hook, enc_hook, encode, raw, read, read_with
from controller.wire.values import inner_unknown

__all__ = ["Decoded", "dec_hook", "decode", "enc_hook", "encode", "raw", "read"]

M = TypeVar("M", bound=Message)


def decode(payload: bytes, kind: type[M]) -> Decoded[M]:
    """Read a message as `read` does; `kind` and `v` must be there and be the right ones.

    Rows of the tables that are known, and arguments of the commands that are known, are checked
    as well, and their unknown fields counted; an unknown table or command passes as it came, and
    counts as one. The events of a batch are not looked into: see journal_bytes.decode_event.
    """
    found: Decoded[M] = read_with(payload, kind, ("kind", "v"))
    deeper = inner_unknown(found.value)
    return Decoded(value=found.value, unknown_fields=found.unknown_fields + deeper)
