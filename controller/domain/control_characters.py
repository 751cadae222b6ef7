"""Characters that no text may hold: they end a line, steer a terminal, or turn the reading order.

Allowed are those without which some languages and emoji can't be written: U+200C and U+200D, and
the marks U+200E, U+200F and U+061C, which settle the side of a bracket but turn no letter.
"""

import re
from typing import Any

_TURNING = r"\u202a-\u202e\u2066-\u2069"
"""Overrides, embeddings and isolates of the bidirectional algorithm (UAX #9)."""
IN_A_LINE = r"\x00-\x1f\x7f-\x9f\u2028\u2029" + _TURNING
"""What one line may not hold, for the brackets of a pattern."""
IN_LINES = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029" + _TURNING
"""The same set, but line feed and tab are allowed."""
VISIBLE = rf"[^\s{IN_A_LINE}\xad\u200b-\u200f\u2060-\u2064\ufeff]"
"""A character that leaves a mark: each line begins and ends with one."""
_LINE, _LINES = re.compile(f"[{IN_A_LINE}]"), re.compile(f"[{IN_LINES}]")


def first_control(text: str, *, in_lines: bool = False) -> str | None:
    """The first such character, as `U+202E`; None: there is none. `in_lines`: the text may have
    several lines, and tabs."""
    found = (_LINES if in_lines else _LINE).search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


def as_line(text: str) -> str:
    """For texts that are only passed on: one line, each such character a blank."""
    return _LINE.sub(" ", text)


def with_lines(value: Any) -> Any:
    """JSON of another program, with each text in it as one line."""
    if isinstance(value, str):
        return as_line(value)
    if isinstance(value, dict):
        return {as_line(key): with_lines(inner) for key, inner in value.items()}
    return list(map(with_lines, value)) if isinstance(value, list | tuple) else value


def as_lines(text: str) -> str:
    """The same where line feed and tab may stay."""
    return _LINES.sub(" ", text)
