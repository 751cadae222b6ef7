"""Icons of looks and flashes, similar to those of the pages (lucide), as lines in a unit square."""

from collections.abc import Mapping
from math import cos, pi, sin
from typing import Any

from devices.drivers.display.layout import Icon
from devices.ports import Flash, Look

_Line = tuple[tuple[float, float], ...]


def _circle(x: float, y: float, radius: float, first: float = 0.0, last: float = 1.0) -> _Line:
    """Return part of a circle; `first` and `last` are in turns clockwise from its top."""
    steps = [first + (last - first) * step / 24 for step in range(25)]
    return tuple((x + radius * sin(2 * pi * t), y - radius * cos(2 * pi * t)) for t in steps)


def _ray(angle: float, from_r: float, to_r: float) -> _Line:
    """Return a line away from the centre, at that many turns from the top."""
    dx, dy = sin(2 * pi * angle), -cos(2 * pi * angle)
    return (0.5 + dx * from_r, 0.5 + dy * from_r), (0.5 + dx * to_r, 0.5 + dy * to_r)


_CLOCK = (_circle(0.5, 0.5, 0.42), ((0.5, 0.25), (0.5, 0.5), (0.68, 0.6)))
_OCTAGON: _Line = tuple(
    (0.5 + 0.46 * sin(2 * pi * (n + 0.5) / 8), 0.5 - 0.46 * cos(2 * pi * (n + 0.5) / 8))
    for n in range(9)
)
_DOOR: tuple[_Line, ...] = (
    ((0.05, 0.95), (0.95, 0.95)),
    ((0.2, 0.95), (0.2, 0.1), (0.6, 0.05), (0.6, 0.95)),
    ((0.6, 0.2), (0.8, 0.2), (0.8, 0.95)),
    ((0.48, 0.5), (0.48, 0.56)),
)
_ICONS: Mapping[Look | Flash, tuple[_Line, ...]] = {
    Look.STARTING: tuple(_ray(n / 8, 0.25, 0.46) for n in range(8)),
    Look.FREE: _CLOCK,
    Look.ARMED: (((0.5, 0.05), (0.5, 0.5)), _circle(0.5, 0.55, 0.38, 0.12, 0.88)),
    Look.RUNNING: (((0.2, 0.08), (0.9, 0.5), (0.2, 0.92), (0.2, 0.08)),),
    Look.IDLE_WARNING: (
        _circle(0.5, 0.58, 0.38),
        ((0.5, 0.58), (0.68, 0.4)),
        ((0.38, 0.06), (0.62, 0.06)),
    ),
    Look.COOLING: (
        *(_ray(n / 6, 0.0, 0.46) for n in range(6)),
        *(_ray(n / 6 + 0.055, 0.26, 0.4) for n in range(6)),
        *(_ray(n / 6 - 0.055, 0.26, 0.4) for n in range(6)),
    ),
    Look.OUT_OF_SERVICE: (((0.12, 0.88), (0.58, 0.42)), _circle(0.7, 0.3, 0.24, 0.22, 1.03)),
    Look.FAULT: (_OCTAGON, ((0.5, 0.26), (0.5, 0.54)), ((0.5, 0.7), (0.5, 0.74))),
    Look.RELEASED: _DOOR,
    Flash.GRANTED: (((0.1, 0.55), (0.38, 0.84), (0.92, 0.2)),),
    Flash.DENIED: (((0.12, 0.12), (0.88, 0.88)), ((0.88, 0.12), (0.12, 0.88))),
    Flash.NOTED: (_circle(0.5, 0.5, 0.42), ((0.5, 0.46), (0.5, 0.72)), ((0.5, 0.28), (0.5, 0.31))),
    Flash.IDENTIFY: (
        _circle(0.5, 0.5, 0.14),
        _circle(0.5, 0.5, 0.42, 0.08, 0.42),
        _circle(0.5, 0.5, 0.42, 0.58, 0.92),
    ),
}


def draw_icon(pen: Any, what: Look | Flash, icon: Icon, ink: Any) -> None:
    """Draw the icon with Pillow's pen."""
    stroke = max(2, icon.side // 9)
    for line in _ICONS[what]:
        points = [(icon.x + x * icon.side, icon.y + y * icon.side) for x, y in line]
        pen.line(points, fill=ink, width=stroke, joint="curve")
        for x, y in (points[0], points[-1]):
            half = stroke / 2
            pen.ellipse((x - half, y - half, x + half, y + half), fill=ink)
