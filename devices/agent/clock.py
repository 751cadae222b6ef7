"""The agent's clock: the time, and whether it can be trusted on a board that may have no battery
clock."""

import ctypes
import threading
import time
from collections.abc import Callable
from datetime import UTC
from enum import StrEnum

from controller.domain.time import Utc

FLOOR_EVERY_S = 3600.0
"""The newest signed time is stored at most this often, to spare the flash memory."""
STEP_S = 2.0
"""A change of the wall clock against the monotonic clock from which it counts as a step."""
_STA_UNSYNC = 0x0040
_TIME_ERROR = 5
_CHECK_EVERY_S = 5.0


class ClockMode(StrEnum):
    """When the wall clock is trusted.

    `auto`: while the kernel reports that NTP synchronises it; `trusted`: always, for a board with a
    battery clock; `untrusted`: never, for tests.
    """

    AUTO = "auto"
    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2) up to `status`; `rest` is padding."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 32),
    )


def kernel_synchronised() -> bool:
    """Return whether the kernel's clock is synchronised by NTP: adjtimex(2) without STA_UNSYNC."""
    timex = _Timex()
    try:
        result: int = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return False
    return result not in (-1, _TIME_ERROR) and not timex.status & _STA_UNSYNC


class Clock:
    """The agent's time. Any thread may call it; durations are in monotonic seconds."""

    def __init__(
        self,
        mode: ClockMode,
        floor: Utc | None,
        *,
        anchor: tuple[float, float] | None = None,
        synchronised: Callable[[], bool] = kernel_synchronised,
        mono: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`floor` is the newest signed time of an earlier run, or None.

        `anchor` is a trusted time that an earlier run of this boot stored (s since 1970), and the
        monotonic time then.
        """
        self._mode, self._synchronised, self._mono, self._wall = mode, synchronised, mono, wall
        self._lock = threading.Lock()
        self._floor = (floor.timestamp(), mono()) if floor is not None else None
        self._anchor = anchor if mode is not ClockMode.UNTRUSTED else None
        self._anchor_stored = anchor is not None
        self._by_kernel = mode is ClockMode.TRUSTED
        self._checked = float("-inf")
        self._offset = wall() - mono()
        self._stored_at = float("-inf")
        self.check()

    @property
    def trusted(self) -> bool:
        """Whether `now()` is right: by NTP, a battery clock, or a hub's response in this boot."""
        return self._by_kernel or self._anchor is not None

    def mono(self) -> float:
        """Monotonic seconds since boot."""
        return self._mono()

    def now(self) -> Utc:
        """Return the trusted time.

        Without one: the wall clock, or the last signed time plus the time since, whichever is
        later.
        """
        if self._by_kernel:
            return _utc(self._wall())
        if self._anchor is not None:
            return _utc(self._time_since(self._anchor))
        return _utc(max(self._wall(), self._time_since(self._floor) if self._floor else 0.0))

    def judged_at(self) -> Utc:
        """Return the time for decisions on taps.

        On an untrusted clock, it is the last signed time plus the time since, whatever the wall
        clock says.
        """
        if self.trusted or self._floor is None:
            return self.now()
        return _utc(self._time_since(self._floor))

    def latest(self) -> Utc:
        """Return the time for deadlines: the trusted time, or the last signed time plus the time
        since, whichever is later."""
        floor = self._time_since(self._floor) if self._floor else 0.0
        return _utc(max(self.now().timestamp(), floor)) if self.trusted else _utc(floor)

    def learn_signed_time(self, at: Utc, *, is_response: bool) -> None:
        """Learn a time that a hub has signed.

        A response to a request of this boot makes the clock trusted.
        """
        stamp, mono = at.timestamp(), self._mono()
        with self._lock:
            if self._floor is None or stamp > self._time_since(self._floor):
                self._floor = (stamp, mono)
            is_trusted = is_response and self._mode is not ClockMode.UNTRUSTED
            if is_trusted and (self._anchor is None or stamp > self._time_since(self._anchor)):
                self._anchor = (stamp, mono)

    def check(self) -> float:
        """Ask the kernel again, every few seconds; return by how many seconds the wall clock
        stepped, else 0."""
        mono, wall = self._mono(), self._wall()
        if mono - self._checked < _CHECK_EVERY_S:
            return 0.0
        self._checked = mono
        if self._mode is ClockMode.AUTO:
            self._by_kernel = self._synchronised()
            if self._by_kernel:  # NTP may be lost: its time holds for the rest of this boot
                self._anchor = (wall, mono)
        step = (wall - mono) - self._offset
        self._offset = wall - mono
        return step if abs(step) >= STEP_S else 0.0

    def anchor_to_store(self) -> tuple[float, float] | None:
        """Return the first trusted time of this boot, once, so that a restarted agent has it; else
        None."""
        if self._anchor is None or self._anchor_stored:
            return None
        self._anchor_stored = True
        return self._anchor

    def note_floor_stored(self) -> None:
        """Note that a signed time as new as the floor is being stored already by other means."""
        self._stored_at = self._mono()

    def floor_to_store(self) -> Utc | None:
        """Return the signed time to store now: at most once an hour, otherwise None."""
        mono = self._mono()
        if self._floor is None or mono - self._stored_at < FLOOR_EVERY_S:
            return None
        self._stored_at = mono
        return _utc(self._time_since(self._floor))

    def _time_since(self, mark: tuple[float, float]) -> float:
        return mark[0] + self._mono() - mark[1]


def _utc(seconds: float) -> Utc:
    moment = Utc.fromtimestamp(seconds, UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
