"""Where the words of a message stand on a display: pages of text, an icon, a bar; no pixels yet.

A small monochrome panel shows one thing a page, in letters as large as it holds: from 2 m only
large letters can be read (docs/hardware.md has the sizes). A colour panel has a coloured band with
icon and title, the name above, and what to do below.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from devices.drivers.display.fit import FittedText, fit, words_of
from devices.drivers.display.wording import left_text
from devices.ports import Flash, Look, Message

BODY = 30
"""Letters below which a colour panel gives each line a page of its own, in pixels of 240."""
MOST_TURNS = 3
LEAST = 15
"""Letters below which a monochrome panel takes several pages for a line, in pixels of 64."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A panel's size in pixels, and whether it has colours."""

    wide: int
    high: int
    colour: bool


@dataclass(frozen=True, slots=True)
class Words:
    """Text at a place, centred in `wide` from `x`; `on_band`: in the band's ink."""

    x: int
    y: int
    wide: int
    text: FittedText
    on_band: bool = False


@dataclass(frozen=True, slots=True)
class Icon:
    """The sign of a look or flash, in a square."""

    x: int
    y: int
    side: int
    on_band: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """The colour of what is shown, over the whole width."""

    y: int
    high: int


@dataclass(frozen=True, slots=True)
class Bar:
    """Time left, as a bar: `full` from 0 to 1."""

    x: int
    y: int
    wide: int
    high: int
    full: float


@dataclass(frozen=True, slots=True)
class Page:
    """What the screen shows at one time."""

    what: Look | Flash
    parts: tuple[Words | Icon | Band | Bar, ...]


def pages(
    what: Look | Flash, message: Message, screen: Screen, left_s: float | None
) -> tuple[Page, ...]:
    """The pages of a message, shown one after the other; `left_s` as of now, None: no end."""
    made = (
        _colour(what, message, screen, left_s) if screen.colour else _mono(message, screen, left_s)
    )
    return tuple(Page(what, tuple(parts)) for parts in made)


_Parts = list[Words | Icon | Band | Bar]


def _mono(message: Message, screen: Screen, left_s: float | None) -> Iterator[_Parts]:
    """One thing a page: title, then name, then each line."""
    bar = _bar(message, screen, left_s, screen.high // 8)
    below = 0 if bar is None else bar.high + 2
    title = message.title if left_s is None else f"{message.title} {left_text(left_s)}"
    yield [_block(title, screen, 0, screen.high - below), *([bar] if bar else [])]
    for text in (message.name, *message.lines):
        for turn in _turns(text, screen) if text else ():
            yield [_block(turn, screen, 0, screen.high)]


def _turns(text: str, screen: Screen) -> list[str]:
    """A long text in as few pages as keep its letters large."""
    words = words_of(text)
    for number in range(1, min(MOST_TURNS, len(words)) + 1):
        turns = _chunks(words, number)
        if all(_block(turn, screen, 0, screen.high).text.size >= LEAST for turn in turns):
            break
    return turns


def _chunks(words: list[str], number: int) -> list[str]:
    """The words in that many parts, of about the same length or ending where one takes breath."""
    total = len(" ".join(words))

    def cost(end: int, wanted: float) -> float:
        breath = words[end - 1][-1:] in ",.:;"
        return abs(len(" ".join(words[:end])) - wanted) - (total / 4 if breath else 0.0)

    ends = [0]
    for turn in range(1, number):
        choice = range(ends[-1] + 1, len(words) - (number - turn) + 1)
        ends.append(min(choice, key=lambda end: cost(end, total * turn / number)))
    return [" ".join(words[a:b]) for a, b in pairwise([*ends, len(words)])]


def _colour(
    what: Look | Flash, message: Message, screen: Screen, left_s: float | None
) -> Iterator[_Parts]:
    """Name, band with icon and title, then lines; lines that are too long take turns."""
    unit = screen.high // 24
    top = 5 * unit if message.name else 0
    band = Band(top, 9 * unit if message.name else 11 * unit)
    fixed: _Parts = [band, *_headline(message, screen, band, left_s)]
    if message.name:
        fixed.insert(0, _block(message.name, screen, 0, top, 3 * unit))
    bar = _bar(message, screen, left_s, 2 * unit)
    # Letters that hang below their row must not touch the edge, which a frame may hide.
    end = screen.high - (3 * unit if bar else unit // 2)
    if bar:
        fixed.append(bar)
    for text in _bodies(message.lines, screen, end - band.y - band.high - unit):
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
    return [icon, Words(x, y, wide, text, on_band=True)]


def _bodies(lines: tuple[str, ...], screen: Screen, high: int) -> tuple[str, ...]:
    """All lines at once where they can be read, else one after the other."""
    together = " ".join(line if line[-1:] in ".!?:" else f"{line}." for line in lines)
    if not lines or fit(together, screen.wide - 8, high, 60).size >= BODY * screen.high // 240:
        return (together,)
    return lines


def _block(text: str, screen: Screen, y: int, high: int, largest: int | None = None) -> Words:
    """Text in the middle of a strip over the whole width."""
    margin = 1 if not screen.colour else screen.wide // 60
    wide = screen.wide - 2 * margin
    fitted = fit(text, wide, high, largest or high)
    return Words(margin, y + max(0, (high - fitted.height) // 2), wide, fitted)


def _bar(message: Message, screen: Screen, left_s: float | None, high: int) -> Bar | None:
    if left_s is None or not message.of_s:
        return None
    margin = 0 if not screen.colour else screen.wide // 30
    full = max(0.0, min(1.0, left_s / message.of_s))
    wide = screen.wide - 2 * margin
    return Bar(margin, screen.high - high - margin // 2, wide, high, round(full * wide) / wide)
