"""Finds a person's names in texts, whatever their case, accents and separators."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

PLACEHOLDER = "[…]"
"""Replaces a name."""
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
_CAPITAL = "capital"
_WORD = re.compile(r"[^\W_]+")
_GAP = r"(?:\s+|[\W_]{0,3})"
"""Between two words of a name: a space, a hyphen, a dot, or nothing, as in a file's name."""
_DIGIT_GAP = r"[\W_]{0,2}"
_MIN_DIGITS, _NATIONAL_DIGITS = 8, 9
"""Digits of a telephone number: how many it must have at least, and how many follow the country
prefix or the leading zero."""
_PREFIX = r"(?:(?:\+|00)[\W_]{0,2}\d{1,3}[\W_]{0,3}(?:\(?0\)?[\W_]{0,2})?|0)?"


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    lowered = unicodedata.normalize("NFKD", character.casefold().translate(_LIGATURES))
    return "".join(part for part in lowered if not unicodedata.combining(part))


def fold(text: str) -> str:
    """Return the text in lower case, without accents: `Éloïse` gives `eloise`."""
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


def folded_words(text: str) -> list[str]:
    """Return the words of a text, folded."""
    return _WORD.findall(fold(text))


class NameFinder:
    """Finds and replaces names. Without patterns, it finds nothing."""

    def __init__(self, spellings: Iterable[str] = (), capitals: Iterable[str] = ()) -> None:
        """Both are patterns from the functions below.

        `capitals` are for names that are ordinary words too: they match only with a capital letter.
        """
        spellings, capitals = frozenset(spellings), frozenset(capitals)
        self._spellings = spellings | capitals
        alternatives = [*_longest_first(spellings)]
        if proper := "|".join(_longest_first(capitals)):
            alternatives.append(f"(?P<{_CAPITAL}>{proper})")
        self._pattern = re.compile("|".join(alternatives)) if alternatives else None

    @classmethod
    def of_any(cls, finders: Iterable["NameFinder"]) -> "NameFinder":
        """Return a finder that finds something wherever any of these does, and perhaps more."""
        return cls(frozenset[str]().union(*(finder._spellings for finder in finders)))

    def search(self, text: str) -> bool:
        """Return whether the text contains a name."""
        return next(self._spans(text), None) is not None

    def replace(self, text: str) -> str:
        """Return the text with the names replaced by PLACEHOLDER."""
        parts, end = list[str](), 0
        for start, stop in self._spans(text):
            parts += text[end:start], PLACEHOLDER
            end = stop
        return "".join((*parts, text[end:]))

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        if self._pattern is None:
            return
        places = list[int]()
        for match in self._pattern.finditer(fold(text)):
            start, stop = match.span()
            if not text.isascii():
                places = places or _places(text)
                start, stop = places[start], places[stop - 1] + 1
                while stop < len(text) and unicodedata.combining(text[stop]):
                    stop += 1
            is_proper = match.groupdict().get(_CAPITAL) is not None
            if not is_proper or text[start].isupper():
                yield start, stop


def _longest_first(spellings: Iterable[str]) -> list[str]:
    return sorted(filter(None, set(spellings)), key=lambda spelling: (-len(spelling), spelling))


def _places(text: str) -> list[int]:
    """Return the index in the text from which each character of the folded text comes."""
    return [place for place, character in enumerate(text) for _ in _fold_character(character)]


def phrase(text: str) -> str:
    """Return the pattern for whole words in this order; empty without words."""
    return _whole_word(_GAP.join(map(re.escape, folded_words(text))))


def literal(text: str) -> str:
    """Return the pattern for an address or a reference, exactly as written."""
    return _whole_word(re.escape(fold(text)))


def telephone(text: str) -> str:
    """Return the pattern for a telephone number; empty if it is too short."""
    digits = re.sub(r"\D", "", text)
    if len(digits) < _MIN_DIGITS:
        return ""
    return rf"(?<!\d){_PREFIX}{_DIGIT_GAP.join(digits[-_NATIONAL_DIGITS:])}(?!\d)"


def _whole_word(spelling: str) -> str:
    return rf"(?<![^\W_]){spelling}(?![^\W_])" if spelling else ""


NOBODY = NameFinder()
