"""Limits for reading a file in a separate process, and for the size of the result."""

from typing import Annotated

import msgspec

MIB = 1024 * 1024
MAX_BYTES = 64 * MIB
"""Bytes of a file, compressed or not."""
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_CELLS = 500_000
"""Cells that are not empty."""

MAX_CHARACTERS = 16 * MIB
"""Characters in all cells together."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits for the process that reads one file."""

    cpu_s: Annotated[int, msgspec.Meta(ge=1)] = 30
    """Processor time in seconds."""
    timeout_s: float = 60.0
    """Total timeout in seconds."""
    memory_bytes: int = 384 * MIB
    """Size of the address space."""
    output_bytes: int = 48 * MIB
    """How much the process may return."""
