"""Finds out whether the system's clock follows a time server, by adjtimex(2)."""

import ctypes
import sys
from pathlib import Path

UNSYNCHRONISED_US = 16_000_000
"""The largest error that the kernel reports; it rises to this while no time server is reached."""
_TIMEX_BYTES = 256
"""Size of the buffer: more than any architecture's `struct timex`."""
SYSTEMD = Path("/run/systemd/system")
"""Exists where systemd is the first process (sd_booted(3))."""


def is_synchronised(systemd: Path = SYSTEMD) -> bool | None:
    """Return whether the clock is synchronised; None if unknown, as in a container.

    Like systemd, judges by the maximum error, which chrony, ntpd and systemd-timesyncd all lower.
    """
    return judge(_maximum_error_us(), has_systemd=systemd.is_dir())


def judge(maximum_error_us: int | None, *, has_systemd: bool) -> bool | None:
    """Decide by the kernel's maximum error; None if unknown."""
    if maximum_error_us is not None and maximum_error_us < UNSYNCHRONISED_US:
        return True
    return False if has_systemd and maximum_error_us is not None else None


def _maximum_error_us() -> int | None:
    """Return the kernel's maximum error in microseconds; None if the system does not report it."""
    state = ctypes.create_string_buffer(_TIMEX_BYTES)  # modes = 0: only read
    try:
        if ctypes.CDLL(None, use_errno=True).adjtimex(state) < 0:
            return None
    except (OSError, AttributeError):
        return None
    # struct timex: int modes, then longs: offset, freq, maxerror.
    size = ctypes.sizeof(ctypes.c_long)
    return int.from_bytes(state.raw[3 * size : 4 * size], sys.byteorder, signed=True)
