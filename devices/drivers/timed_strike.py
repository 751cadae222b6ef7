"""A strike that locks again after a time even if the agent's loop is stalled; base class of
drivers."""

import logging
import threading
import time

from devices.ports import DeviceError, FailMode

log = logging.getLogger(__name__)

AGAIN_S = 1.0
"""How often locking is tried again if it failed."""


class TimedStrike:
    """Base class of a strike that keeps the time; subclasses switch the current.

    One thread does it for the strike's life. A thread for each release would have to be started
    between badge and door, and would leave garbage.
    """

    def __init__(self, fail_mode: FailMode) -> None:
        self.fail_mode = fail_mode
        self._changed = threading.Condition()
        self._until_s: float | None = None
        """Monotonic time at which it locks by itself; None: it does not."""
        self._thread: threading.Thread | None = None
        self._is_reported = False
        """Whether it was reported that it does not lock."""
        self._is_closed = False

    def set_current(self, *, current: bool) -> None:
        """Switch the strike's current on or off. Raises DeviceError."""
        raise NotImplementedError

    def lock_failed(self, error: DeviceError) -> None:
        """Called if the time is over, and the strike could not be locked."""
        raise NotImplementedError

    def shut_down(self) -> None:
        """Switch the current off and close; may be called twice."""
        raise NotImplementedError

    def release(self, for_s: float | None = None) -> None:
        """Release, and lock again after `for_s` seconds; None: at `lock()`. Raises DeviceError.

        The end is set before the release, so that there is none without an end.
        """
        with self._changed:
            self._until_s = None
            if for_s is not None:
                self._lock_at(time.monotonic() + for_s)
            self._want_released(True)

    def lock(self) -> None:
        """Lock now; tried again if that fails. Raises DeviceError."""
        with self._changed:
            self._until_s = None
            try:
                self._want_released(False)
            except DeviceError:
                self._lock_at(time.monotonic() + AGAIN_S)
                raise
            self._is_reported = False

    def close(self) -> None:
        """Switch the current off and close."""
        with self._changed:
            self._until_s, self._is_closed = None, True
            self._changed.notify()
            self.shut_down()

    def _want_released(self, released: bool) -> None:
        self.set_current(current=released is not (self.fail_mode is FailMode.FAIL_SAFE))

    def _lock_at(self, until_s: float) -> None:
        self._until_s = until_s
        if self._thread is None:
            thread = threading.Thread(target=self._keep_time, name="strike", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the system can't start another thread
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
        """Lock; an error is reported once, and locking is tried again."""
        self._until_s = time.monotonic() + AGAIN_S
        try:
            self._want_released(False)
        except DeviceError as error:
            self._report(error)
        except Exception as error:  # nothing may end this thread, since a door depends on it
            log.exception("a strike could not be locked")
            self._report(DeviceError(f"{type(error).__name__}: {error}"))
        else:
            self._until_s, self._is_reported = None, False

    def _report(self, error: DeviceError) -> None:
        if not self._is_reported:
            self._is_reported = True
            self.lock_failed(error)
