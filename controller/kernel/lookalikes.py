"""Recognise names that look the same on a screen, though their characters differ."""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
"""Default_Ignorable_Code_Point of Unicode: characters that show nothing."""
_LATIN = str.maketrans("абвгеѕіјкмнорстухҺһԁԛԝαβγεικνορτυχ", "a6bresijkmhopctyxhhdqwabyeikvoptux")
"""Cyrillic and Greek letters, in lower case, and the Latin letter that each resembles."""


def skeleton(name: str) -> str:
    """Return a text that is equal for names that look alike; it is only for comparison.

    After UTS #39, reduced to the letters that European names have.
    """
    shown = _INVISIBLE.sub("", unicodedata.normalize("NFKC", name))
    return " ".join(shown.casefold().split()).translate(_LATIN)
