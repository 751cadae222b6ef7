"""A strike that locks again by itself, even if the agent's loop hangs: what such drivers share."""

import logging
import threading
import time

from devices.ports import DeviceError, FailMode

log = logging.getLogger(__name__)

AGAIN_S = 1.0
"""A strike that could not be told to lock is told again so often."""


class TimedStrike:
    """Keeps the time; what gives the strike its current or takes it is the driver's.

    One thread does so for good: one for each release would have to be made between a badge and
    its door, and is left to the collector afterwards.
    """

    def __init__(self, fail_mode: FailMode) -> None:
        self._fail_mode = fail_mode
        self._changed = threading.Condition()
        self._until_s: float | None = None
        """Monotonic time at which it locks again by itself."""
        self._thread: threading.Thread | None = None
        self._is_told = False
        """Whether it has been said that it does not lock."""
        self._is_closed = False

    @property
    def fail_mode(self) -> FailMode:
        """See ports.Strike."""
        return self._fail_mode

    def want(self, *, current: bool) -> None:
        """Give it current or take it. Raises DeviceError."""
        raise NotImplementedError

    def not_locked(self, error: DeviceError) -> None:
        """Its time was up, and it could not be told to lock."""
        raise NotImplementedError

    def let_go(self) -> None:
        """Take its current and let go; may be called twice."""
        raise NotImplementedError

    def release(self, for_s: float | None = None) -> None:
        """Release, and lock again after `for_s`; None: until `lock()`. Raises DeviceError.

        Its end is set before it is released, so that none is released without one.
        """
        with self._changed:
            self._until_s = None
            if for_s is not None:
                self._lock_at(time.monotonic() + for_s)
            self._want_released(True)

    def lock(self) -> None:
        """Lock now; tried again where that fails. Raises DeviceError."""
        with self._changed:
            self._until_s = None
            try:
                self._want_released(False)
            except DeviceError:
                self._lock_at(time.monotonic() + AGAIN_S)
                raise
            self._is_told = False

    def close(self) -> None:
        """Take its current away and let go."""
        with self._changed:
            self._until_s, self._is_closed = None, True
            self._changed.notify()
            self.let_go()

    def _want_released(self, released: bool) -> None:
        self.want(current=released is not (self._fail_mode is FailMode.FAIL_SAFE))

    def _lock_at(self, until_s: float) -> None:
        self._until_s = until_s
        if self._thread is None:
            thread = threading.Thread(target=self._keep_time, name="strike", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the system has no thread left
                raise DeviceError(f"nobody could lock it again: {error}") from error
            self._thread = thread
        self._changed.notify()

    def _keep_time(self) -> None:
        with self._changed:
            while not self._is_closed:
                left_s = None if self._until_s is None else self._until_s - time.monotonic()
                if left_s is None or left_s > 0:
                    self._changed.wait(left_s)
                else:
                    self._time_is_up()

    def _time_is_up(self) -> None:
        """Lock; whatever goes wrong is told once, and tried again."""
        self._until_s = time.monotonic() + AGAIN_S
        try:
            self._want_released(False)
        except DeviceError as error:
            self._tell(error)
        except Exception as error:  # the edge of a thread on which a door depends
            log.exception("a strike could not be locked")
            self._tell(DeviceError(f"{type(error).__name__}: {error}"))
        else:
            self._until_s, self._is_told = None, False

    def _tell(self, error: DeviceError) -> None:
        if not self._is_told:
            self._is_told = True
            self.not_locked(error)
