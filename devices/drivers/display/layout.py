"""Lays out a message on a display: pages of text, an icon and a bar; nothing is drawn yet.

A small monochrome panel shows one text per page, in letters as large as possible: only large
letters can be read from 2 m (docs/hardware.md has the sizes). A colour panel has a coloured band
with icon and title, the name above it, and what to do below.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from devices.drivers.display.fit import FittedText, fit, words_of
from devices.drivers.display.wording import left_text
from devices.ports import Flash, Look, Message

MIN_BODY_SIZE = 30
"""Font size below which a colour panel shows each line on a page of its own; for a height of 240
pixels."""
MAX_PAGES_PER_LINE = 3
"""Most pages for one line on a monochrome panel."""
MIN_SIZE = 15
"""Font size below which a monochrome panel splits a line into several pages; for a height of 64
pixels."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A panel's size in pixels, and whether it has colour."""

    wide: int
    high: int
    colour: bool


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Text from `y` down, centred between `x` and `x + wide`; `on_band`: in the band's text
    colour."""

    x: int
    y: int
    wide: int
    text: FittedText
    on_band: bool = False


@dataclass(frozen=True, slots=True)
class Icon:
    """The icon of a look or flash, in a square."""

    x: int
    y: int
    side: int
    on_band: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """The coloured strip of a look or flash, as wide as the screen."""

    y: int
    high: int


@dataclass(frozen=True, slots=True)
class Bar:
    """The time left as a bar; `full` is from 0 to 1."""

    x: int
    y: int
    wide: int
    high: int
    full: float


@dataclass(frozen=True, slots=True)
class Page:
    """What the screen shows at once."""

    content: Look | Flash
    parts: tuple[TextBlock | Icon | Band | Bar, ...]


def pages(
    what: Look | Flash, message: Message, screen: Screen, left_s: float | None
) -> tuple[Page, ...]:
    """Return a message's pages, to be shown one after the other; `left_s` None: no time is
    shown."""
    laid_out = (
        _colour(what, message, screen, left_s) if screen.colour else _mono(message, screen, left_s)
    )
    return tuple(Page(what, tuple(parts)) for parts in laid_out)


_Parts = list[TextBlock | Icon | Band | Bar]


def _mono(message: Message, screen: Screen, left_s: float | None) -> Iterator[_Parts]:
    """Yield the pages of a monochrome panel: title, then name, then each line."""
    bar = _bar(message, screen, left_s, screen.high // 8)
    below = 0 if bar is None else bar.high + 2
    title = message.title if left_s is None else f"{message.title} {left_text(left_s)}"
    yield [_block(title, screen, 0, screen.high - below), *([bar] if bar else [])]
    for text in (message.name, *message.lines):
        for part in _split_pages(text, screen) if text else ():
            yield [_block(part, screen, 0, screen.high)]


def _split_pages(text: str, screen: Screen) -> list[str]:
    """Split a long text into as few pages as possible with large letters."""
    words = words_of(text)
    for number in range(1, min(MAX_PAGES_PER_LINE, len(words)) + 1):
        parts = _chunks(words, number)
        if all(_block(part, screen, 0, screen.high).text.size >= MIN_SIZE for part in parts):
            break
    return parts


def _chunks(words: list[str], number: int) -> list[str]:
    """Split the words into that many parts, about equally long, preferably after punctuation."""
    total = len(" ".join(words))

    def cost(end: int, width: float) -> float:
        has_pause = words[end - 1][-1:] in ",.:;"
        return abs(len(" ".join(words[:end])) - width) - (total / 4 if has_pause else 0.0)

    ends = [0]
    for part in range(1, number):
        choice = range(ends[-1] + 1, len(words) - (number - part) + 1)
        ends.append(min(choice, key=lambda end: cost(end, total * part / number)))
    return [" ".join(words[a:b]) for a, b in pairwise([*ends, len(words)])]


def _colour(
    what: Look | Flash, message: Message, screen: Screen, left_s: float | None
) -> Iterator[_Parts]:
    """Yield the pages of a colour panel: name, band and lines; long lines each get a page."""
    unit = screen.high // 24
    top = 5 * unit if message.name else 0
    band = Band(top, 9 * unit if message.name else 11 * unit)
    fixed: _Parts = [band, *_headline(message, screen, band, left_s)]
    if message.name:
        fixed.insert(0, _block(message.name, screen, 0, top, 3 * unit))
    bar = _bar(message, screen, left_s, 2 * unit)
    # Descenders must not touch the edge, which a frame may hide.
    end = screen.high - (3 * unit if bar else unit // 2)
    if bar:
        fixed.append(bar)
    for text in _body_texts(message.lines, screen, end - band.y - band.high - unit):
        y = band.y + band.high + unit // 2
        yield [*fixed, _block(text, screen, y, end - y, 5 * unit)] if text else fixed


def _headline(message: Message, screen: Screen, band: Band, left_s: float | None) -> _Parts:
    side = screen.high // 5
    margin = screen.high // 40
    x = margin * 2 + side
    wide = screen.wide - x - margin
    title = message.title if left_s is None else f"{message.title} {left_text(left_s)}"
    text = fit(title, wide, band.high - 2 * margin, screen.high // 4)
    y = band.y + (band.high - text.height) // 2
    icon = Icon(margin, band.y + (band.high - side) // 2, side, on_band=True)
    return [icon, TextBlock(x, y, wide, text, on_band=True)]


def _body_texts(lines: tuple[str, ...], screen: Screen, high: int) -> tuple[str, ...]:
    """Return all lines as one text if that is legible, else each line."""
    together = " ".join(line if line[-1:] in ".!?:" else f"{line}." for line in lines)
    if (
        not lines
        or fit(together, screen.wide - 8, high, 60).size >= MIN_BODY_SIZE * screen.high // 240
    ):
        return (together,)
    return lines


def _block(text: str, screen: Screen, y: int, high: int, largest: int | None = None) -> TextBlock:
    """Return text in the middle of a strip as wide as the screen."""
    margin = 1 if not screen.colour else screen.wide // 60
    wide = screen.wide - 2 * margin
    fitted = fit(text, wide, high, largest or high)
    return TextBlock(margin, y + max(0, (high - fitted.height) // 2), wide, fitted)


def _bar(message: Message, screen: Screen, left_s: float | None, high: int) -> Bar | None:
    if left_s is None or not message.of_s:
        return None
    margin = 0 if not screen.colour else screen.wide // 30
    full = max(0.0, min(1.0, left_s / message.of_s))
    wide = screen.wide - 2 * margin
    return Bar(margin, screen.high - high - margin // 2, wide, high, round(full * wide) / wide)
