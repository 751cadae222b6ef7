"""Limits for reading a file, and for the size of the result."""

from typing import Annotated

import msgspec

MIB = 1024 * 1024
MOST_BYTES = 64 * MIB
"""Bytes of a file, packed or unpacked."""
MOST_ROWS = 100_000
MOST_COLUMNS = 200
MOST_CELLS = 500_000
"""Cells that are not empty."""

MOST_TEXT = 16 * MIB
"""Characters in all cells together."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits for reading one file."""

    cpu_s: Annotated[int, msgspec.Meta(ge=1)] = 30
    within_s: float = 60.0
    """Total timeout in seconds."""
    memory: int = 384 * MIB
    """Bytes of address space."""
    answer: int = 48 * MIB
    """Bytes that the process may return."""
