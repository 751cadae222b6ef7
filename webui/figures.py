"""The numbers of a sentence, set apart from its words: what one looks for in the head of a page."""

import re

from markupsafe import Markup, escape

_NUMBER = re.compile("([0-9]+(?:[\u202f\u00a0.,:][0-9]+)*)")
"""With what stands inside it: 1 234, 2,5, 18:00."""


def figures(text: str) -> Markup:
    """The text with each of its numbers strong; what is not a number is escaped as ever."""
    return Markup("").join(
        Markup("<b>{}</b>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(_NUMBER.split(text))
    )
