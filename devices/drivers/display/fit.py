"""Fits text into a box of pixels: wrapped, in the largest letters that fit, and not cut if
possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

FONT = Path(__file__).parent / "fonts" / "atkinson-hyperlegible-next-bold.ttf"
"""Designed for people with low vision (Braille Institute, OFL 1.1); visual.md, Type."""
LINE = 1.08
"""Height of a row, relative to the font size."""
MIN_SIZE_PX = 10
"""Pixels; a text that does not fit in this size is cut, with an ellipsis."""
ELLIPSIS = "…"
_EM = 1000
"""Font size in which a text is measured once for all sizes."""
_BALANCE_PX = 4
"""Pixels by which rows are narrowed at each try to make them equally long."""


@dataclass(frozen=True, slots=True)
class FittedText:
    """Rows of text in one font size, in pixels."""

    size: int
    rows: tuple[str, ...]

    @property
    def height(self) -> int:
        """Pixels from the top of the first row to the bottom of the last."""
        return round(self.size * LINE * len(self.rows))


@lru_cache(maxsize=512)
def fit(text: str, wide: int, high: int, largest: int) -> FittedText:
    """Return the text in the largest size, at most `largest`, with which it fits the box."""
    words = words_of(text)
    for size in range(min(largest, int(high / LINE)), MIN_SIZE_PX - 1, -1):
        rows = wrap(words, wide, size)
        if rows is not None and len(rows) * size * LINE <= high:
            return FittedText(size, _balanced(words, rows, wide, size))
    return _cut(words, wide, high)


def wrap(words: Sequence[str], wide: int, size: int) -> tuple[str, ...] | None:
    """Wrap the words into rows of that width; None: a word is too wide."""
    rows: list[str] = []
    for word in words:
        longer = f"{rows[-1]} {word}" if rows else word
        if _fits(longer, wide, size):
            rows[-1:] = [longer]
        elif _fits(word, wide, size):
            rows.append(word)
        else:
            return None
    return tuple(rows)


def words_of(text: str) -> list[str]:
    """Split a text where a row may end, which is not before a French colon after a space."""
    for mark in ":;?!»":
        text = text.replace(f" {mark}", f"\u00a0{mark}")
    return text.replace("\u202f", "\u00a0").split(" ")


def _balanced(words: Sequence[str], rows: tuple[str, ...], wide: int, size: int) -> tuple[str, ...]:
    """Keep the number of rows, but make them about equally long, so that no last word is alone."""
    for narrower in range(wide - _BALANCE_PX, wide // 3, -_BALANCE_PX):
        tried = wrap(words, narrower, size)
        if tried is None or len(tried) > len(rows):
            break
        rows = tried
    return rows


def _cut(words: Sequence[str], wide: int, high: int) -> FittedText:
    """Use the smallest size, and cut what does not fit, with an ellipsis."""
    room = max(1, int(high / (MIN_SIZE_PX * LINE)))
    pieces = [piece for word in words for piece in _pieces(word, wide)]
    rows = list(wrap(pieces, wide, MIN_SIZE_PX) or ())
    if len(rows) > room:
        last = rows[room - 1]
        while last and not _fits(last + ELLIPSIS, wide, MIN_SIZE_PX):
            last = last[:-1]
        rows = [*rows[: room - 1], last.rstrip() + ELLIPSIS]
    return FittedText(MIN_SIZE_PX, tuple(rows))


def _pieces(word: str, wide: int) -> list[str]:
    """Split a word that is too wide for a row even in the smallest size."""
    pieces = [""]
    for letter in word:
        if not _fits(pieces[-1] + letter, wide, MIN_SIZE_PX):
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _fits(text: str, wide: int, size: int) -> bool:
    """Return whether a text fits; it is only measured exactly if it may, since that is slow."""
    return _em_width(text) * size <= (wide + 2) * _EM and width(text, size) <= wide


def width(text: str, size: int) -> float:
    """Return the width in pixels as drawn: without antialiasing, letters are a little further
    apart."""
    return float(max(font(size).getlength(text, mode) for mode in ("1", "L")))


@lru_cache(maxsize=2048)
def _em_width(text: str) -> float:
    return float(font(_EM).getlength(text))


@cache
def font(size: int) -> Any:
    """Return Pillow's font in that size."""
    from PIL import ImageFont

    return ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)
