"""No withheld count is told by those that are published, by whatever totals and months."""

from random import Random

import pytest

from controller.domain.disclosure.suppression import (
    THRESHOLD,
    Sum,
    UnprotectedCell,
    cells_to_withhold,
)
from tests.domain.disclosure.attacker import Cell, candidates, place

FEW = 15
"""Places here; a thousand by ./run prove --long."""


def attack(seed: int) -> tuple[int, int]:
    """How many cells a place withholds, and how many it has; fails where one can be told."""
    counts, sums = place(Random(seed))
    hidden = cells_to_withhold(counts, sums)
    assert {key for key, count in counts.items() if count < THRESHOLD} <= hidden
    told = {
        cell: width for cell, width in candidates(counts, sums, hidden).items() if width < THRESHOLD
    }
    assert told == {}, f"place {seed}"
    return len(hidden), len(counts)


def test_an_attacker_bounds_no_cell_to_fewer_than_eleven_values() -> None:
    numbers = [attack(seed) for seed in range(FEW)]
    hidden, cells = map(sum, zip(*numbers, strict=True))
    assert 0 < hidden < cells


def test_the_attacker_finds_what_only_a_small_cell_hides() -> None:
    counts: dict[Cell, int] = {("a",): 40, ("b",): 7, ("all",): 47}
    sums: list[Sum[Cell]] = [Sum(("all",), [("a",), ("b",)])]
    assert candidates(counts, sums, {("b",)}) == {("b",): 1}
    assert cells_to_withhold(counts, sums) == {("a",), ("b",)}


def test_the_smallest_cell_that_hides_the_small_one_is_withheld_with_it() -> None:
    counts = {"habitants": 96, "associations": 41, "entreprises": 19, "agents": 6, "all": 162}
    sums = [Sum("all", ["habitants", "associations", "entreprises", "agents"])]
    assert cells_to_withhold(counts, sums) == {"agents", "entreprises"}


def test_of_one_part_its_total_goes_too_and_with_it_what_would_tell_the_total() -> None:
    counts = {"a": 4, "row": 4, "other": 30, "third": 50, "all": 84}
    sums = [Sum("row", ["a"]), Sum("all", ["row", "other", "third"])]
    assert cells_to_withhold(counts, sums) == {"a", "row", "other"}


def test_nothing_is_withheld_where_all_are_many() -> None:
    assert cells_to_withhold({"a": 11, "b": 12, "all": 23}, [Sum("all", ["a", "b"])]) == frozenset()


def test_what_is_out_already_is_not_taken_back_and_something_new_is_withheld_instead() -> None:
    counts = {"may": 40, "june": 3, "year": 43}
    sums = [Sum("year", ["may", "june"])]
    assert cells_to_withhold(counts, sums, published={"may"}) == {"june", "year"}
    with pytest.raises(UnprotectedCell):
        cells_to_withhold(counts, sums, published={"may", "year"})


@pytest.mark.long
def test_a_thousand_places() -> None:
    for seed in range(1000):
        attack(seed)
