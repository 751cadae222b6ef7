"""Light and sound over time, recorded from simulated pins and drawn as an SVG.

    python -m devices.sim.timeline --socket PINS.sock --board atelier --red 5 --green 6 --blue 13 \
        --buzzer 19 --seconds 6 > lights.svg
"""

import argparse
import sys
import time
from collections.abc import Iterable

from devices.sim.client import BenchError, SimBench
from devices.sim.timeline_svg import Row, Span, svg

LANES = ("red", "green", "blue", "buzzer")


def spans_from_edges(
    edges: Iterable[tuple[float, str, float]], end_s: float, level: dict[str, float] | None = None
) -> tuple[Span, ...]:
    """Spans from edges (time, lane, level) in order; what lasted under 5 ms is one change."""
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
    """Watch the pins of a board for so long. Raises BenchError."""
    lanes = {pin: lane for lane, pin in pins.items()}
    start_s = time.monotonic()  # before the picture: no edge after it is left out
    state = bench.watch("edge")["pins"].get(board, {})
    level = {lane: float(state.get(str(pin), 0.0)) for lane, pin in pins.items()}
    edges = [
        (event["at"] - start_s, lanes[event["pin"]], event["level"])
        for event in bench.events(seconds)
        if event["board"] == board and event["pin"] in lanes
    ]
    return spans_from_edges(edges, seconds, level)


def main(argv: list[str] | None = None) -> int:
    """Record for some seconds and print the picture. Exit 1 with one line without a bench."""
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
