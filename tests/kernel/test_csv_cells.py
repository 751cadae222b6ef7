"""Whatever sign a spreadsheet splits by, no cell is a formula; read back, all is as before."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.kernel.csv_cells import defuse, plain_cell

SIGNS = "=+-@＝＋－＠,;\t\"' aé1|"
CELLS = st.text(st.sampled_from(SIGNS), max_size=12).map(str.strip)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=3)


def cells_of(text: str, delimiter: str) -> list[str]:
    """As a spreadsheet splits: with quotes where it knows them, and without."""
    found = [cell for row in csv.reader(StringIO(text), delimiter=delimiter) for cell in row]
    return found + [cell for line in text.splitlines() for cell in line.split(delimiter)]


@pytest.mark.parametrize("written", [",", ";", "\t"])
@given(rows=ROWS)
def test_no_cell_is_a_formula_however_the_file_is_split(
    written: str, rows: list[list[str]]
) -> None:
    file = StringIO()
    csv.writer(file, delimiter=written).writerows(map(defuse, row) for row in rows)
    for delimiter in ",;\t":
        for cell in cells_of(file.getvalue(), delimiter):
            assert not cell.lstrip(' "').startswith(tuple("=+-@＝＋－＠")), (cell, delimiter)


@given(rows=ROWS)
def test_what_was_written_is_read_back_unchanged(rows: list[list[str]]) -> None:
    file = StringIO()
    csv.writer(file).writerows(map(defuse, row) for row in rows)
    again = [list(map(plain_cell, row)) for row in csv.reader(StringIO(file.getvalue()))]
    assert again == rows


def test_only_what_could_be_a_formula_is_touched() -> None:
    for cell in ("Zoé d’Artois", "a-b", "1+1", "L'-atelier", "a; b", "x=1", "2026-01-02"):
        assert defuse(cell) == cell
    assert defuse("B;=1+1") == "B;'=1+1"
    assert plain_cell("O'Brien;'autre") == "O'Brien;'autre"
