"""Characters that no text may contain: they end a line, control a terminal, or change the reading
direction.

Allowed are those that some languages and emoji need: U+200C and U+200D, and the marks U+200E,
U+200F and U+061C, which set the direction of neighbouring punctuation but reorder no letters.
"""

import re
from typing import Any

_TURNING = r"\u202a-\u202e\u2066-\u2069"
"""Overrides, embeddings and isolates of the bidirectional algorithm (UAX #9)."""
IN_A_LINE = r"\x00-\x1f\x7f-\x9f\u2028\u2029" + _TURNING
"""The characters that a single line must not contain, for the brackets of a pattern."""
IN_LINES = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029" + _TURNING
"""The same set, but line feed and tab are allowed."""
VISIBLE = rf"[^\s{IN_A_LINE}\xad\u200b-\u200f\u2060-\u2064\ufeff]"
"""A pattern for a visible character; each line must begin and end with one."""
_LINE, _LINES = re.compile(f"[{IN_A_LINE}]"), re.compile(f"[{IN_LINES}]")


def first_control(text: str, *, in_lines: bool = False) -> str | None:
    """Return the first forbidden character, as in `U+202E`; None: there is none.

    `in_lines`: the text may have several lines, and tabs.
    """
    found = (_LINES if in_lines else _LINE).search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


def as_line(text: str) -> str:
    """Replace each forbidden character by a space, for texts that are only passed on as one
    line."""
    return _LINE.sub(" ", text)


def with_lines(value: Any) -> Any:
    """Return JSON of another program with each of its texts as one line."""
    if isinstance(value, str):
        return as_line(value)
    if isinstance(value, dict):
        return {as_line(key): with_lines(inner) for key, inner in value.items()}
    return list(map(with_lines, value)) if isinstance(value, list | tuple) else value


def as_lines(text: str) -> str:
    """Replace forbidden characters by spaces, but keep line feeds and tabs."""
    return _LINES.sub(" ", text)
