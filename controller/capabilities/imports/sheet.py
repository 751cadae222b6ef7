"""A sheet of a workbook, in the form that the sandbox process returns."""

from typing import Annotated

import msgspec

from controller.kernel.sandbox.limits import MAX_COLUMNS, MAX_ROWS

Cells = Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_COLUMNS)]
"""The cells of a row."""
Rows = Annotated[tuple[tuple[int, Cells], ...], msgspec.Meta(max_length=MAX_ROWS)]
"""Rows with their numbers."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet with its non-empty rows, by row number."""

    title: Annotated[str, msgspec.Meta(max_length=200)]
    rows: Rows
