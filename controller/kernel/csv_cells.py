"""Protects cells of CSV files from being read as spreadsheet formulas, and restores them."""

import re

_BEGINS = r'((?:^|[,;\t\r\n])[ "]*)'
"""The beginning of a cell for any separator that a spreadsheet may use: `B;=1` is two cells in a
French Excel, and quotes don't help in the middle of a line."""
_FORMULA = "(?='*[=+@＝＋－＠-])"
_TO_DEFUSE, _DEFUSED = re.compile(_BEGINS + _FORMULA), re.compile(f"{_BEGINS}'{_FORMULA}")


def defuse(cell: str) -> str:
    """Return the cell with an apostrophe wherever a spreadsheet may see a formula."""
    return _TO_DEFUSE.sub(r"\1'", cell)


def plain_cell(cell: str) -> str:
    """Return the cell as it was before `defuse`, without surrounding blanks."""
    return _DEFUSED.sub(r"\1", cell.strip())
