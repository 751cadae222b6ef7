"""Whether a disk takes more: found by writing to it, for SQLite's errors don't say."""

import errno
import os
import tempfile
from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BYTES = 65_536


def is_full(folder: Path) -> bool:
    """Whether a file that is written there finds no room: the disk, a quota, a limit."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        return problem.errno in _FULL
    return False
