"""Splits JSON text into the outermost members without parsing what is inside them.

Some events can't be parsed (nested too deep, half a surrogate pair). Each of them must be
quarantined alone, so that the rest of the batch and the event's own number are still read.
"""

import re
from collections.abc import Iterator

from controller.wire.errors import WireError

_STRING = rb'"(?:[^"\\]|\\.)*+"'
_TOKEN = re.compile(_STRING + rb"|[{}\[\],]", re.DOTALL)
_MEMBER = re.compile(rb"\s*(" + _STRING + rb")\s*:\s*(.*?)\s*", re.DOTALL)


def members(text: bytes) -> dict[bytes, bytes]:
    """Return an object's members: the bytes of the value by key, quotes included. Raises WireError.

    If a key is there twice, the last one counts.
    """
    matches = [_MEMBER.fullmatch(part) for part in _split(text, b"{", b"}")]
    return {member[1]: member[2] for member in matches if member is not None}


def items(text: bytes) -> tuple[bytes, ...]:
    """Return an array's items, each as its bytes. Raises WireError."""
    return tuple(part.strip() for part in _split(text, b"[", b"]"))


def _split(text: bytes, opening: bytes, closing: bytes) -> Iterator[bytes]:
    """Yield the parts between the outermost brackets, split at top-level commas."""
    text = text.strip()
    if not (text.startswith(opening) and text.endswith(closing)):
        raise WireError(f"not {opening.decode()}…{closing.decode()}")
    depth, start, end = 0, len(opening), len(text) - len(closing)
    if not text[start:end].strip():
        return
    for token in _TOKEN.finditer(text, start, end):
        mark = token[0]
        if mark in (b"{", b"["):
            depth += 1
        elif mark in (b"}", b"]"):
            depth -= 1
        elif mark == b"," and depth == 0:
            yield text[start : token.start()]
            start = token.end()
    yield text[start:end]
