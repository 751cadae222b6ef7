"""Draw a wiring as ladder rungs in SVG: contacts, coils and boxes on a line, in coloured zones."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from xml.sax.saxutils import escape

_CELL, _RUNG, _TOP, _LEFT = 150, 130, 56, 30
_BOX = 66
"""Half a box's width."""


class Part(StrEnum):
    """What stands on a rung."""

    NC = "normally closed contact"
    NO = "normally open contact"
    COIL = "coil"
    BOX = "box"
    WIRE = "wire"


class Zone(StrEnum):
    """Who may work there, and its colour."""

    LOW = "#e6f4ea"
    MAINS = "#fdeaea"


PIN = "pin"
_WHO = {Zone.LOW: "24 V or less", Zone.MAINS: "230/400 V: a qualified electrician"}
COMMON = (PIN, *_WHO.values())
"""The words that all drawings share."""


@dataclass(frozen=True, slots=True)
class LadderPart:
    """One part: a name over it, and what it is below, a few words a line."""

    part: Part
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """Parts in series, from left to right; `apart`: each alone between 0 V and a pin of its own."""

    title: str
    zone: Zone
    things: tuple[LadderPart, ...]
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole picture, its words in English; `file` is its name in docs/pictures, without more."""

    file: str
    title: str
    rungs: tuple[Rung, ...]

    def texts(self) -> Iterator[str]:
        """All its words."""
        yield self.title
        for rung in self.rungs:
            yield rung.title
            for thing in rung.things:
                yield from (thing.name, thing.note)


Words = Callable[[str], str]
"""A text in the language of the picture."""


def svg(drawing: Drawing, words: Words = str) -> str:
    """The picture, on white, so that it reads the same on a dark page."""
    wide = 2 * _LEFT + _CELL * max(6, *(len(rung.things) for rung in drawing.rungs))
    high = _TOP + len(drawing.rungs) * (_RUNG + 34) + 10
    title = escape(words(drawing.title))
    body = (line for n, rung in enumerate(drawing.rungs) for line in _rung(rung, n, wide, words))
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}"'
            f' height="{high}" font-family="sans-serif" font-size="14" role="img">',
            f"<title>{title}</title>",
            f'<rect width="{wide}" height="{high}" fill="#fff"/>',
            f'<text x="{_LEFT}" y="32" font-size="17" font-weight="bold">{title}</text>',
            *body,
            "</svg>\n",
        )
    )


def _rung(rung: Rung, number: int, wide: int, words: Words) -> Iterator[str]:
    top = _TOP + number * (_RUNG + 34)
    y = top + 74
    yield (
        f'<rect x="10" y="{top}" width="{wide - 20}" height="{_RUNG + 24}" rx="6"'
        f' fill="{rung.zone.value}"/>'
    )
    who = words(_WHO[rung.zone])
    title = escape(words(rung.title))
    yield f'<text x="{_LEFT}" y="{top + 20}" font-weight="bold">{title}</text>'
    yield f'<text x="{wide - _LEFT}" y="{top + 20}" text-anchor="end" fill="#555">{who}</text>'
    for index, thing in enumerate(rung.things):
        x = _LEFT + index * _CELL
        yield from _thing(thing, x, y, words)
        if rung.apart:
            yield from _ends(x, y, rung.zone.value, words(PIN))


def _ends(x: int, y: int, fill: str, pin: str) -> Iterator[str]:
    """What stands at both ends of a wire of its own: 0 V, and a pin."""
    wide = 7 * len(pin) + 5
    for edge, width in ((x - 1, 26), (x + _CELL + 1 - wide, wide)):
        yield f'<rect x="{edge}" y="{y - 9}" width="{width}" height="18" fill="{fill}"/>'
    yield f'<text x="{x + 6}" y="{y + 4}" font-size="11">0 V</text>'
    yield f'<text x="{x + _CELL - 5}" y="{y + 4}" font-size="11" text-anchor="end">{pin}</text>'


def _thing(thing: LadderPart, x: int, y: int, words: Words) -> Iterator[str]:
    middle, left, right = x + _CELL // 2, x + _CELL // 2 - 18, x + _CELL // 2 + 18
    path, name = _shape(thing.part, x, left, right, y), words(thing.name)
    yield f'<path d="{path}" fill="none" stroke="#000" stroke-width="2"/>'
    if thing.part is Part.BOX:
        yield (
            f'<rect x="{middle - _BOX}" y="{y - 18}" width="{2 * _BOX}" height="36" fill="#fff"'
            ' stroke="#000" stroke-width="2"/>'
        )
        yield _text(name, middle, y + 5, bold=True)
    elif thing.part is Part.COIL:
        yield (
            f'<rect x="{left}" y="{y - 14}" width="36" height="28" fill="#fff" stroke="#000"'
            ' stroke-width="2"/>'
        )
        yield _text(name, middle, y - 24, bold=True)
    else:
        yield _text(name, middle, y - 24, bold=True)
    for row, line in enumerate(words(thing.note).split("\n")):
        yield _text(line, middle, y + 36 + 16 * row, bold=False)


def _shape(part: Part, x: int, left: int, right: int, y: int) -> str:
    """IEC 60617: the moving blade hangs on the right; a closed contact has a stop to touch."""
    end = x + _CELL
    if part is Part.WIRE:
        return f"M{x} {y}H{end}"
    if part is Part.NO:
        return f"M{x} {y}H{left}M{right} {y}H{end}M{right} {y}L{left} {y - 16}"
    if part is Part.NC:
        return f"M{x} {y}H{left}V{y - 14}M{right} {y}H{end}M{right} {y}L{left - 6} {y - 12}"
    half = _BOX if part is Part.BOX else 18
    middle = x + _CELL // 2
    return f"M{x} {y}H{middle - half}M{middle + half} {y}H{end}"


def _text(words: str, x: int, y: int, *, bold: bool) -> str:
    weight = ' font-weight="bold"' if bold else ' font-size="12"'
    return f'<text x="{x}" y="{y}" text-anchor="middle"{weight}>{escape(words)}</text>'
