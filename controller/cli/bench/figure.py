"""One figure of the bench, and how figures are printed and written."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

_NUMBERS = ("p50", "p99", "max", "value", "floor_p50", "ratio")


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure; fields that do not apply are None.

    `note` is printed, but not in the JSON.
    """

    name: str
    unit: str
    p50: float | None = None
    p99: float | None = None
    max: float | None = None
    value: float | None = None
    floor_p50: float | None = None
    ratio: float | None = None
    """`p50` divided by `floor_p50`."""
    note: str = ""
    error: str | None = None
    """Why it could not be measured, in one line."""

    @property
    def family(self) -> str:
        """Return the name to request it by: `page_100k` for `page_100k:/machines`."""
        return self.name.partition(":")[0]


def percentile_figure(
    name: str, unit: str, samples: Sequence[float], floor: Sequence[float] = (), note: str = ""
) -> Figure:
    """Return a figure of the percentiles of samples, compared with the floor's median."""
    p50 = percentile(samples, 50)
    floor_p50 = percentile(floor, 50) if floor else None
    return Figure(
        name,
        unit,
        p50=p50,
        p99=percentile(samples, 99),
        max=max(samples),
        floor_p50=floor_p50,
        ratio=p50 / floor_p50 if floor_p50 else None,
        note=note or f"of {len(samples)}",
    )


def percentile(samples: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile: always a measured value, never an interpolated one."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def as_list(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return figures as JSON data (interfaces.md), without fields that do not apply."""
    names = [field.name for field in fields(Figure) if field.name != "note"]
    return [
        {name: value for name in names if (value := getattr(figure, name)) is not None}
        for figure in figures
    ]


_NAME = 40
"""Width of the name column: enough for `page_100k:` and the address of most pages."""
_NUMBER = 9


def heading() -> str:
    """Return the heading of the columns."""
    return _line(("name", "unit", *_NUMBERS, ""))


def row(figure: Figure) -> str:
    """Return a figure as a line under the heading."""
    numbers = (_format_value(getattr(figure, name)) for name in _NUMBERS)
    return _line((figure.name, figure.unit, *numbers, _comment(figure)))


def _comment(figure: Figure) -> str:
    return f"failed: {figure.error}" if figure.error else figure.note


def _line(cells: Sequence[str]) -> str:
    name, unit, *numbers, note = cells
    right = "  ".join(number.rjust(_NUMBER) for number in numbers)
    return f"{name.ljust(_NAME)}  {unit.ljust(4)}  {right}  {note}".rstrip()


def _format_value(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}" if value < 1000 else f"{value:.0f}"
