"""Marks in a text: its numbers set apart from its words, and where a name of fields may break."""

import re

from markupsafe import Markup, escape

_NUMBER = re.compile("([0-9]+(?:[\u202f\u00a0.,:][0-9]+)*)")
"""A number with its separators: 1 234, 2,5, 18:00."""

_JOINT = re.compile("(?<=[_@.])")
"""After what an address or the name of a field may go on in the next line."""


def figures(text: str) -> Markup:
    """The text with each of its numbers strong; what is not a number is escaped as ever."""
    return Markup("").join(
        Markup("<b>{}</b>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(_NUMBER.split(text))
    )


def breakable(text: str) -> Markup:
    """The text with a place to break after each joint, so that no line breaks inside a word."""
    return Markup("<wbr>").join(_JOINT.split(text))
