"""Find somebody's names in texts, however they are written: case, accents, separators, order."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

PLACEHOLDER = "[…]"
"""Stands where a name was."""
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
_CAPITAL = "capital"
_WORD = re.compile(r"[^\W_]+")
_GAP = r"(?:\s+|[\W_]{0,3})"
"""Between two words of a name: a space, a hyphen, a dot, or nothing, as in a file's name."""
_DIGIT_GAP = r"[\W_]{0,2}"
_LEAST_DIGITS, _OWN_DIGITS = 8, 9
"""Digits of a telephone number: the least that counts as one, and the last nine, which do not
depend on the country prefix."""
_PREFIX = r"(?:(?:\+|00)[\W_]{0,2}\d{1,3}[\W_]{0,3}(?:\(?0\)?[\W_]{0,2})?|0)?"


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    lowered = unicodedata.normalize("NFKD", character.casefold().translate(_LIGATURES))
    return "".join(part for part in lowered if not unicodedata.combining(part))


def fold(text: str) -> str:
    """The text in lower case, without accents: `Éloïse` gives `eloise`."""
    return text.lower() if text.isascii() else "".join(map(_plain, text))


def words_of(text: str) -> list[str]:
    """The words of a text, folded."""
    return _WORD.findall(fold(text))


class NameFinder:
    """Finds and replaces names; one without names finds nothing."""

    def __init__(self, spellings: Iterable[str] = (), capitals: Iterable[str] = ()) -> None:
        """Both are patterns from the functions below. `capitals`: what begins with a small letter
        is an ordinary word, and not found."""
        alternatives = [*_longest_first(spellings)]
        if proper := "|".join(_longest_first(capitals)):
            alternatives.append(f"(?P<{_CAPITAL}>{proper})")
        self._pattern = re.compile("|".join(alternatives)) if alternatives else None

    def search(self, text: str) -> bool:
        """Whether a name is in the text."""
        return next(self._spans(text), None) is not None

    def replace(self, text: str) -> str:
        """The text without the names."""
        parts, end = list[str](), 0
        for start, stop in self._spans(text):
            parts += text[end:start], PLACEHOLDER
            end = stop
        return "".join((*parts, text[end:]))

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        if self._pattern is None:
            return
        places = None if text.isascii() else _places(text)
        for match in self._pattern.finditer(fold(text)):
            start, stop = match.span()
            if places is not None:
                start, stop = places[start], places[stop - 1] + 1
                while stop < len(text) and unicodedata.combining(text[stop]):
                    stop += 1
            is_proper = match.groupdict().get(_CAPITAL) is not None
            if not is_proper or text[start].isupper():
                yield start, stop


def _longest_first(spellings: Iterable[str]) -> list[str]:
    return sorted(filter(None, set(spellings)), key=lambda found: (-len(found), found))


def _places(text: str) -> list[int]:
    """Where in the text each character of the folded text comes from."""
    return [place for place, character in enumerate(text) for _ in _plain(character)]


def phrase(text: str) -> str:
    """Spelling of words that follow each other, as whole words; empty for a text without words."""
    return _whole(_GAP.join(map(re.escape, words_of(text))))


def literal(text: str) -> str:
    """Spelling of an address or a reference, character by character."""
    return _whole(re.escape(fold(text)))


def telephone(text: str) -> str:
    """Spelling of a number, with or without a country's prefix; empty for one that is too short."""
    digits = re.sub(r"\D", "", text)
    if len(digits) < _LEAST_DIGITS:
        return ""
    return rf"(?<!\d){_PREFIX}{_DIGIT_GAP.join(digits[-_OWN_DIGITS:])}(?!\d)"


def _whole(spelling: str) -> str:
    return rf"(?<![^\W_]){spelling}(?![^\W_])" if spelling else ""


NOBODY = NameFinder()
