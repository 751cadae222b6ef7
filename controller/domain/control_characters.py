"""Characters that no text may contain: they end a line, control a terminal, or change the reading
direction.

Some languages and emoji need U+200C, U+200D, and the marks U+200E, U+200F and U+061C, which reorder
no letters. These are allowed.
"""

import re
from typing import Any

_BIDI_CONTROLS = r"\u202a-\u202e\u2066-\u2069"
"""Overrides, embeddings and isolates of the bidirectional algorithm (UAX #9)."""
IN_A_LINE = r"\x00-\x1f\x7f-\x9f\u2028\u2029" + _BIDI_CONTROLS
"""Forbidden in a single line; for the brackets of a pattern."""
IN_LINES = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029" + _BIDI_CONTROLS
"""Forbidden in a text of several lines: the same without line feed and tab."""
VISIBLE = rf"[^\s{IN_A_LINE}\xad\u200b-\u200f\u2060-\u2064\ufeff]"
"""A pattern for a visible character, with which each line must begin and end."""
_LINE, _LINES = re.compile(f"[{IN_A_LINE}]"), re.compile(f"[{IN_LINES}]")


def first_control(text: str, *, multiline: bool = False) -> str | None:
    """Return the first forbidden character, as in `U+202E`; None without one.

    `multiline`: the text may have several lines, and tabs.
    """
    match = (_LINES if multiline else _LINE).search(text)
    return None if match is None else f"U+{ord(match[0]):04X}"


def as_line(text: str) -> str:
    """Replace each forbidden character by a space."""
    return _LINE.sub(" ", text)


def with_single_lines(value: Any) -> Any:
    """Return a JSON value with each of its texts made a single line."""
    if isinstance(value, str):
        return as_line(value)
    if isinstance(value, dict):
        return {as_line(key): with_single_lines(inner) for key, inner in value.items()}
    return list(map(with_single_lines, value)) if isinstance(value, list | tuple) else value


def as_lines(text: str) -> str:
    """Replace forbidden characters by spaces, but keep line feeds and tabs."""
    return _LINES.sub(" ", text)
