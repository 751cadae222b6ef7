"""The agent's clock: the time, and whether it can be trusted on a board that may have no battery
clock."""

import ctypes
import threading
import time
from collections.abc import Callable
from datetime import UTC
from enum import StrEnum

from controller.domain.time import MAX_CLOCK_LAG, Utc

FLOOR_EVERY_S = 3600.0
"""The newest signed time is stored at most this often, to spare the flash memory."""
BEHIND_S = MAX_CLOCK_LAG.total_seconds()
STEP_S = 2.0
"""A change of the wall clock against the monotonic clock from which it counts as a step."""
_STA_UNSYNC = 0x0040
_TIME_ERROR = 5
_CHECK_EVERY_S = 5.0


class ClockMode(StrEnum):
    """When the wall clock is trusted, unless it is minutes before what is known already.

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
        self._is_wall_trusted = False
        self._checked = float("-inf")
        self._offset = wall() - mono()
        self._stored_at = float("-inf")
        self._is_floor_corrected = False
        self.check()

    @property
    def trusted(self) -> bool:
        """Whether `now()` is right: by NTP, a battery clock, or a hub's response in this boot."""
        return self._is_wall_trusted or self._anchor is not None

    def mono(self) -> float:
        """Monotonic seconds since boot."""
        return self._mono()

    def now(self) -> Utc:
        """Return the trusted time.

        Without one: the wall clock, or the last signed time plus the time since, whichever is
        later.
        """
        if self._is_wall_trusted:
            return _utc(self._wall())
        if self._anchor is not None:
            return _utc(self._time_since(self._anchor))
        return _utc(max(self._wall(), self._time_since(self._floor) if self._floor else 0.0))

    def decision_time(self) -> Utc:
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

        A response to a request of this boot makes the clock trusted. It also replaces an earlier
        time that is minutes later, which a hub with a wrong clock has signed: otherwise this box
        would never trust the right time again.
        """
        stamp, mono = at.timestamp(), self._mono()
        with self._lock:
            if is_response and self._is_before(self._floor, stamp):
                self._floor, self._is_floor_corrected = (stamp, mono), True
                if self._is_before(self._anchor, stamp):
                    self._anchor, self._anchor_stored = None, False
            elif self._floor is None or stamp > self._time_since(self._floor):
                self._floor = (stamp, mono)
            is_trusted = is_response and self._mode is not ClockMode.UNTRUSTED
            if is_trusted and (self._anchor is None or stamp > self._time_since(self._anchor)):
                self._anchor = (stamp, mono)

    def is_before_signed_time(self, at: Utc) -> bool:
        """Return whether a time is minutes before the newest signed one: one of them is wrong."""
        return self._is_before(self._floor, at.timestamp())

    def check(self) -> float:
        """Ask the kernel again, every few seconds; return by how many seconds the wall clock
        stepped, else 0."""
        mono, wall = self._mono(), self._wall()
        if mono - self._checked < _CHECK_EVERY_S:
            return 0.0
        self._checked = mono
        if self._mode is ClockMode.AUTO:
            is_set = self._synchronised()
        else:
            is_set = self._mode is ClockMode.TRUSTED
        with self._lock:
            self._is_wall_trusted = is_set and self._is_believable(wall)
            if self._is_wall_trusted:  # NTP may be lost: its time holds for the rest of this boot
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
        """Return the signed time to store now: at most once an hour, or when it was corrected;
        otherwise None."""
        mono = self._mono()
        is_due = self._is_floor_corrected or mono - self._stored_at >= FLOOR_EVERY_S
        if self._floor is None or not is_due:
            return None
        self._stored_at, self._is_floor_corrected = mono, False
        return _utc(self._time_since(self._floor))

    def _is_believable(self, wall: float) -> bool:
        """Return whether the wall clock is not minutes before the newest signed time.

        Or it goes on from a trusted time of this boot: then it is the hub whose clock is ahead.
        """
        goes_on = self._anchor is not None and not self._is_before(self._anchor, wall)
        return goes_on or not self._is_before(self._floor, wall)

    def _is_before(self, mark: tuple[float, float] | None, seconds: float) -> bool:
        """Return whether a time is minutes before that of a mark by now."""
        return mark is not None and seconds < self._time_since(mark) - BEHIND_S

    def _time_since(self, mark: tuple[float, float]) -> float:
        return mark[0] + self._mono() - mark[1]


def _utc(seconds: float) -> Utc:
    moment = Utc.fromtimestamp(seconds, UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
