"""Cells of CSV files that no spreadsheet takes for a formula, and as they were before."""

import re

_BEGINS = r'((?:^|[,;\t\r\n])[ "]*)'
"""Where a cell begins, whichever sign a spreadsheet takes for the separator: `B;=1` is two cells in
a French Excel, and quotes don't help in the middle of a line."""
_FORMULA = "(?='*[=+@＝＋－＠-])"
_TO_DEFUSE, _DEFUSED = re.compile(_BEGINS + _FORMULA), re.compile(f"{_BEGINS}'{_FORMULA}")


def defuse(cell: str) -> str:
    """The cell with an apostrophe wherever a spreadsheet could see a formula begin."""
    return _TO_DEFUSE.sub(r"\1'", cell)


def plain_cell(cell: str) -> str:
    """The cell as it was before `defuse`, without blanks around it."""
    return _DEFUSED.sub(r"\1", cell.strip())
