"""Where the bars of the reports are drawn: hours from left to right, ticks at round numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.capabilities.statistics.overview import Machine

WIDTH = 300.0
"""Width of the chart, in pixels."""
_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000)
_TICKS = 3


@dataclass(frozen=True, slots=True)
class Scale:
    """The chart's width in hours, and the positions of its grid lines."""

    hours: float
    ticks: tuple[int, ...]
    open_h: float
    """The opening hours; 0: they are too long for the chart."""

    def x(self, hours: float) -> float:
        """Return the position of a number of hours."""
        return round(WIDTH * hours / self.hours, 1)

    @property
    def open_x(self) -> float:
        """The position at which the opening hours end."""
        return self.x(self.open_h)


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of one machine, as positions and widths; 0: no bar."""

    work: float
    powered: float
    out_x: float
    out: float
    before: float
    """The work of the period before."""


def scale(machines: Sequence[Machine], open_s: float) -> Scale:
    """Return a scale for the longest bar.

    The opening hours are included, unless they are more than four times as long.
    """
    longest = max((_length_s(machine) for machine in machines), default=0) / 3600
    open_h = open_s / 3600 if open_s / 3600 <= 4 * longest else 0
    longest = max(longest, open_h, 1)
    step = next((step for step in _STEPS if step * (_TICKS + 1) > longest), _STEPS[-1])
    count = int(longest / step)
    return Scale(longest, tuple(step * number for number in range(1, count + 1)), open_h)


def _length_s(machine: Machine) -> float:
    return max(max(machine.active_s, machine.powered_s) + machine.down_s, machine.before_s)


def bars(machine: Machine, on: Scale) -> Bars:
    """Return the bars of a machine."""
    powered = max(machine.active_s, machine.powered_s)
    return Bars(
        work=on.x(machine.active_s / 3600),
        powered=on.x(powered / 3600),
        out_x=on.x(powered / 3600),
        out=on.x(machine.down_s / 3600),
        before=on.x(machine.before_s / 3600),
    )


def level(mean: float, full: float) -> int:
    """Return how dark a cell of a heat map is, from 0 (nobody) to 5 (almost full)."""
    if mean <= 0 or full <= 0:
        return 0
    part = mean / full
    return 1 + sum(part >= border for border in (0.2, 0.4, 0.6, 0.85))


@dataclass(frozen=True, slots=True)
class Trend:
    """A line over some months, as paths of SVG; the last stretch is apart if its month is not
    over."""

    area: str
    line: str
    last: str
    """The last stretch, of a month that is not over; empty: it is part of the line."""
    end: str


TREND_WIDTH, TREND_HEIGHT, MARGIN = 200, 50, 4


def trend(amounts: Sequence[int], *, is_over: bool) -> Trend | None:
    """Return the line, from zero to the largest amount; None: fewer than three have an amount."""
    if sum(amount > 0 for amount in amounts) < 3:
        return None
    most, step = max(amounts), (TREND_WIDTH - 2 * MARGIN) / (len(amounts) - 1)
    height = TREND_HEIGHT - 2 * MARGIN
    points = [
        f"{MARGIN + number * step:.1f} {TREND_HEIGHT - height * max(amount, 0) / most:.1f}"
        for number, amount in enumerate(amounts)
    ]
    whole = points if is_over else points[:-1]
    right = whole[-1].partition(" ")[0]
    return Trend(
        area=f"M{'L'.join(whole)}L{right} {TREND_HEIGHT}L{MARGIN} {TREND_HEIGHT}Z",
        line=f"M{'L'.join(whole)}",
        last="" if is_over else f"M{points[-2]}L{points[-1]}",
        end=f"M{points[-1]}h.01",
    )
