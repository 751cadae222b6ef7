"""Finds out whether the system's clock follows a time server, from the kernel (adjtimex(2))."""

import ctypes
import sys
from pathlib import Path

UNSYNCHRONISED_US = 16_000_000
"""The largest error that the kernel reports; it rises to this while no time server is reached."""
_TIMEX_BYTES = 256
"""Size of the buffer: more than a `struct timex` needs on any architecture."""
SYSTEMD = Path("/run/systemd/system")
"""This folder exists where systemd is the system's first process (sd_booted(3))."""


def is_synchronised(systemd: Path = SYSTEMD) -> bool | None:
    """Whether the clock is synchronised; None: unknown, as in a container.

    Judged by the maximum error, as systemd does: chrony, ntpd and systemd-timesyncd all lower it.
    """
    return judge(_maximum_error_us(), has_systemd=systemd.is_dir())


def judge(maximum_error_us: int | None, *, has_systemd: bool) -> bool | None:
    """Decide from the kernel's maximum error; None if unknown."""
    if maximum_error_us is not None and maximum_error_us < UNSYNCHRONISED_US:
        return True
    return False if has_systemd and maximum_error_us is not None else None


def _maximum_error_us() -> int | None:
    """Return the kernel's maximum error in microseconds; None: the system does not report it."""
    state = ctypes.create_string_buffer(_TIMEX_BYTES)  # modes = 0: only read
    try:
        if ctypes.CDLL(None, use_errno=True).adjtimex(state) < 0:
            return None
    except (OSError, AttributeError):
        return None
    # struct timex: int modes, then longs: offset, freq, maxerror.
    size = ctypes.sizeof(ctypes.c_long)
    return int.from_bytes(state.raw[3 * size : 4 * size], sys.byteorder, signed=True)
