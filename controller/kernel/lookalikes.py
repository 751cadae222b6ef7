"""Recognise names that look the same on a screen, and refuse letters that only imitate others."""

import re
import unicodedata
from functools import lru_cache

from controller.kernel.errors import Invalid

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
"""Default_Ignorable_Code_Point of Unicode, and annotations: characters that show nothing."""
_JOINERS = re.compile(
    "[\u061c\u180b-\u180d\u180f\u200c-\u200f\ufe00-\ufe0f"
    "\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)
"""The ignorable characters that some scripts and emoji need: joiners, direction marks, tags."""
_LATIN = str.maketrans(
    "абвгеѕіјкмнорстухҺһԁԛԝαβγεικνορτυχ01iı", "a6bresljkmhopctyxhhdqwabyelkvoptuxolll"
)
"""Letters and digits, in lower case, and the Latin letter that each resembles."""


@lru_cache(maxsize=20_000)
def skeleton(name: str) -> str:
    """Return a text that is equal for names that look alike; it is only for comparison.

    After UTS #39, reduced to the letters that European names have; blanks, punctuation and
    accents don't count.
    """
    shown = _INVISIBLE.sub("", unicodedata.normalize("NFKD", name)).casefold()
    letters = [
        character
        for character in shown
        if unicodedata.category(character)[0] in "LMN" and not unicodedata.combining(character)
    ]
    return unicodedata.normalize("NFC", "".join(letters)).translate(_LATIN) or shown


_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that look like a blank, or like nothing."""
_EAST_ASIAN = frozenset({"BOPOMOFO", "CJK", "HANGUL", "HIRAGANA", "IDEOGRAPHIC", "KATAKANA"})
"""Scripts that are written together."""
_SCRIPTS = frozenset(
    {
        *("ARABIC", "ARMENIAN", "BENGALI", "CYRILLIC", "DEVANAGARI", "ETHIOPIC", "GEORGIAN"),
        *("GREEK", "GUJARATI", "GURMUKHI", "HEBREW", "KANNADA", "KHMER", "LAO", "MALAYALAM"),
        *("MYANMAR", "ORIYA", "SINHALA", "TAMIL", "TELUGU", "THAANA", "THAI", "TIBETAN"),
    }
)
"""The other scripts in everyday use (UAX #31), as the names of their letters begin in Unicode."""


def check_name(field: str, name: str) -> None:
    """Raise Invalid for characters that only look like a blank, that show nothing, or that are
    letters imitating others.

    The letters of a name are Latin, or all of one other script in everyday use (decision 0330).
    """
    for character in name:
        if character in _BLANKS:
            text = f"the character U+{ord(character):04X} looks like a blank: use a blank instead"
            raise Invalid.of(field, text)
    normalized = unicodedata.normalize("NFC", name)
    _refuse_invisible(field, normalized)
    letters = [
        character for character in normalized if unicodedata.category(character).startswith("L")
    ]
    scripts = {letter: _script(letter) for letter in letters}
    for letter, script in scripts.items():
        if not script:
            text = f"the letter {letter} (U+{ord(letter):04X}) can be mistaken for another one"
            raise Invalid.of(field, f"{text}: use a letter of the usual alphabet")
    if len(set(scripts.values())) > 1:
        found = ", ".join(sorted({script.capitalize() for script in scripts.values()}))
        raise Invalid.of(field, f"its letters are of several scripts ({found}): use one of them")


def _refuse_invisible(field: str, name: str) -> None:
    """Raise Invalid for a character that shows nothing, unless a script or an emoji needs it.

    None is needed after a Latin letter, whatever accents the letter has.
    """
    before = ""
    for character in name:
        if not _INVISIBLE.match(character):
            before = before if unicodedata.combining(character) else character
        elif not _JOINERS.match(character) or _is_latin(before):
            text = f"the character U+{ord(character):04X} is invisible: remove it"
            raise Invalid.of(field, text)


def _is_latin(character: str) -> bool:
    return character.isalpha() and _script(character) == "LATIN"


def _script(letter: str) -> str:
    """Return the letter's script; empty if names may not use it."""
    if letter <= "\u024f" or "\u1e00" <= letter <= "\u1eff":
        return "LATIN"
    script = re.split("[ -]", unicodedata.name(letter, ""))[0]
    if script in _EAST_ASIAN:
        return "EAST ASIAN"
    return script if script in _SCRIPTS else ""
