"""Why a search has found somebody: the letters of the name that it asked for."""

import re
from collections.abc import Iterator

from controller.capabilities.members.search import words

_WORD = re.compile(r"(\w+)")


def mark_matches(name: str, query: str) -> tuple[tuple[str, bool], ...]:
    """The name in pieces, and of each whether it is what was asked for; accents don't count."""
    asked = words(query)
    return tuple(_pieces(name, asked)) if asked else ((name, False),)


def _pieces(name: str, asked: list[str]) -> Iterator[tuple[str, bool]]:
    for part in filter(None, _WORD.split(name)):
        bare = "".join(words(part))
        found = max((len(word) for word in asked if bare.startswith(word)), default=0)
        if not found or len(bare) != len(part):
            yield part, False
            continue
        yield part[:found], True
        if part[found:]:
            yield part[found:], False
