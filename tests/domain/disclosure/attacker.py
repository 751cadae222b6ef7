"""Random places, what they publish, and somebody who computes what was withheld."""

from collections.abc import Collection, Mapping, Sequence
from math import ceil, floor, inf
from random import Random

from controller.domain.disclosure.suppression import Sum

Cell = tuple[str, ...]
NEAR = 1e-6


def place(dice: Random) -> tuple[dict[Cell, int], list[Sum[Cell]]]:
    """Months by public and by room, with the totals of each month, public and year."""
    months = [f"m{number}" for number in range(dice.randint(1, 5))]
    tables = [("public", dice.randint(1, 6)), ("room", dice.randint(0, 3))]
    counts: dict[Cell, int] = {}
    sums: list[Sum[Cell]] = []
    for kind, width in tables:
        if width:
            _table(counts, sums, months, [f"{kind}{number}" for number in range(width)], kind, dice)
    return counts, sums


def _table(
    counts: dict[Cell, int],
    sums: list[Sum[Cell]],
    months: list[str],
    columns: list[str],
    kind: str,
    dice: Random,
) -> None:
    for month in months:
        for column in columns:
            counts[month, column] = dice.choice((0, dice.randint(0, 14), dice.randint(5, 90)))
    for column in columns:
        _sum(counts, sums, ("year", column), [(month, column) for month in months])
    for month in (*months, "year"):
        _sum(counts, sums, (month, f"all of {kind}"), [(month, column) for column in columns])
    months_of_all = [(month, f"all of {kind}") for month in months]
    sums.append(Sum(("year", f"all of {kind}"), months_of_all))


def _sum(counts: dict[Cell, int], sums: list[Sum[Cell]], total: Cell, parts: list[Cell]) -> None:
    counts[total] = sum(counts[part] for part in parts)
    sums.append(Sum(total, parts))


def candidates(
    counts: Mapping[Cell, int], sums: Sequence[Sum[Cell]], hidden: Collection[Cell]
) -> dict[Cell, float]:
    """How many values each withheld cell may have, by all that is published."""
    cells = sorted(hidden)
    place_of = {cell: at for at, cell in enumerate(cells)}
    left, right = [], []
    for total in sums:
        row, known = [0.0] * len(cells), 0
        for key in total.cells():
            if key in place_of:
                row[place_of[key]] += total.sign(key)
            else:
                known += total.sign(key) * counts[key]
        left.append(row)
        right.append(-known)
    return {cell: _width(at, left, right, len(cells)) for cell, at in place_of.items()}


def _width(at: int, left: Sequence[Sequence[float]], right: Sequence[float], cells: int) -> float:
    from scipy.optimize import linprog  # as long to import as all of Flask: by whom it is asked

    bounds = []
    for sign in (1, -1):
        aim = [0.0] * cells
        aim[at] = sign
        found = linprog(aim, A_eq=left, b_eq=right, bounds=(0, None), method="highs")
        if found.status == 3:  # unbounded
            return inf
        assert found.status == 0, found.message
        bounds.append(sign * found.fun)
    low, high = bounds
    return float(floor(high + NEAR) - ceil(low - NEAR) + 1)
