"""A sheet of a workbook, as the sandbox sends it back."""

from typing import Annotated

import msgspec

from controller.kernel.sandbox.limits import MOST_COLUMNS, MOST_ROWS

Cells = Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_COLUMNS)]
Rows = Annotated[tuple[tuple[int, Cells], ...], msgspec.Meta(max_length=MOST_ROWS)]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """Its rows with anything in them, by their numbers."""

    title: Annotated[str, msgspec.Meta(max_length=200)]
    rows: Rows
