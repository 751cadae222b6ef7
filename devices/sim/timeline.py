"""Light and sound over time, recorded from simulated pins and drawn as an SVG.

    python -m devices.sim.timeline --socket PINS.sock --board atelier --red 5 --green 6 --blue 13 \
        --buzzer 19 --seconds 6 > lights.svg
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from devices.sim.client import BenchError, SimBench

# Draw light and sound over time as an SVG.

Rgb = tuple[float, float, float]
_LABELS, _SECOND, _ROW, _BAR, _WORD, _NOTE, _LETTER = 330, 90, 46, 24, 50, 7, 5.6
"""Widths in pixels, of _ROW and _BAR heights: all labels, a second, the word *beep*, the note
before it, a letter."""


@dataclass(frozen=True, slots=True)
class Span:
    """Light and sound between two times in seconds; `sound` is a word, empty for silence."""

    from_s: float
    to_s: float
    rgb: Rgb
    sound: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the picture: a label, a note below it, and the spans."""

    label: str
    note: str
    spans: tuple[Span, ...]


def svg(title: str, sections: Sequence[tuple[str, Sequence[Row]]], seconds: int) -> str:
    """Return the picture as SVG, on white, so that it reads the same on a dark page."""
    lines = list(_lines(title, sections, seconds))
    high = _ROW * (sum(len(rows) + 1 for _, rows in sections)) + 60
    wide = _LABELS + seconds * _SECOND + 30
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}"'
        f' height="{high}" font-family="sans-serif" font-size="15" role="img">'
    )
    return "\n".join(
        (head, f'<rect width="{wide}" height="{high}" fill="#fff"/>', *lines, "</svg>\n")
    )


def _lines(
    title: str, sections: Sequence[tuple[str, Sequence[Row]]], seconds: int
) -> Iterator[str]:
    yield f"<title>{escape(title)}</title>"
    y = 10
    for name, rows in sections:
        yield f'<text x="10" y="{y + 28}" font-weight="bold">{escape(name)}</text>'
        for second in range(seconds + 1):
            x = _LABELS + second * _SECOND
            bottom = y + _ROW * (len(rows) + 1) - 10
            yield f'<path d="M{x} {y + 34}V{bottom}" stroke="#ccc"/>'
            at = f'x="{x}" y="{y + 28}" text-anchor="middle"'
            yield f'<text {at} font-size="12">{second} s</text>'
        for row in rows:
            y += _ROW
            yield f'<text x="10" y="{y + 16}">{escape(row.label)}</text>'
            yield f'<text x="10" y="{y + 32}" font-size="12" fill="#555">{escape(row.note)}</text>'
            yield from _span_shapes(row.spans, y, seconds)
        y += _ROW


def _span_shapes(spans: Sequence[Span], y: int, seconds: int) -> Iterator[str]:
    said_x = free_x = 0.0
    for span in spans:
        x = _LABELS + span.from_s * _SECOND
        wide = (min(span.to_s, seconds) - span.from_s) * _SECOND
        if wide <= 0:
            continue
        if any(span.rgb):
            high = _BAR if max(span.rgb) > 0.5 else _BAR / 3
            yield (
                f'<rect x="{x:.1f}" y="{y + 6 + _BAR - high:.1f}" width="{wide:.1f}"'
                f' height="{high:.1f}" fill="{_hex(span.rgb)}" stroke="#555" stroke-width=".7"/>'
            )
        if span.sound:
            yield f'<rect x="{x:.1f}" y="{y + 33}" width="{max(3.0, wide):.1f}" height="5"/>'
            if x < free_x:
                continue  # a neighbour's word would overlap; the bar below still shows when
            word = f" {escape(span.sound)}" if x >= said_x else ""
            said_x = x + _WORD if word else said_x
            free_x = x + _NOTE + _LETTER * len(word)
            yield f'<text x="{x + 1:.1f}" y="{y + 2}" font-size="11">♪{word}</text>'


def _hex(rgb: Rgb) -> str:
    """Return the colour as the eye sees that light: a dim one is pale, not nearly black."""
    if len(set(rgb)) == 1:
        return "#ffffff"
    return "#" + "".join(f"{round(255 * (0.12 + 0.88 * part) * 0.95):02x}" for part in rgb)


LANES = ("red", "green", "blue", "buzzer")


def spans_from_edges(
    edges: Iterable[tuple[float, str, float]], end_s: float, level: dict[str, float] | None = None
) -> tuple[Span, ...]:
    """Return spans from edges (time, lane, level) in order.

    Edges within 5 ms of each other count as one change.
    """
    now = dict.fromkeys(LANES, 0.0) | (level or {})
    spans, since_s = [], 0.0
    for at_s, lane, value in (*edges, (end_s, "", 0.0)):
        if at_s - since_s > 0.005:
            rgb = now["red"], now["green"], now["blue"]
            spans.append(Span(since_s, at_s, rgb, "beep" if now["buzzer"] else ""))
            since_s = at_s
        now[lane] = value
    return tuple(spans)


def record(bench: SimBench, board: str, pins: dict[str, int], seconds: float) -> tuple[Span, ...]:
    """Watch the pins of a board for some seconds and return the spans. Raises BenchError."""
    lanes = {pin: lane for lane, pin in pins.items()}
    start_s = time.monotonic()  # before the first state is read, so that no edge after it is missed
    state = bench.watch("edge")["pins"].get(board, {})
    level = {lane: float(state.get(str(pin), 0.0)) for lane, pin in pins.items()}
    edges = [
        (event["at"] - start_s, lanes[event["pin"]], event["level"])
        for event in bench.events(seconds)
        if event["board"] == board and event["pin"] in lanes
    ]
    return spans_from_edges(edges, seconds, level)


def main(argv: list[str] | None = None) -> int:
    """Record for some seconds and print the picture; exit with 1 and one line if no bench
    answers."""
    parser = argparse.ArgumentParser(prog="python -m devices.sim.timeline")
    parser.add_argument("--socket", required=True, help="control socket of the simulated pins")
    parser.add_argument("--board", required=True, help="the agent's id")
    parser.add_argument("--seconds", type=int, default=6)
    for lane in LANES:
        parser.add_argument(f"--{lane}", type=int, help="BCM pin")
    args = parser.parse_args(argv)
    pins = {lane: getattr(args, lane) for lane in LANES if getattr(args, lane) is not None}
    try:
        with SimBench(args.socket) as bench:
            spans = record(bench, args.board, pins, args.seconds)
    except BenchError as error:
        print(f"timeline: {error}", file=sys.stderr)
        return 1
    row = Row(args.board, ", ".join(f"{lane} {pin}" for lane, pin in pins.items()), spans)
    print(svg(args.board, [("", [row])], args.seconds), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
