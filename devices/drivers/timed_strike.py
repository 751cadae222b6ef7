"""A strike that locks again by itself, even if the agent's loop hangs: what such drivers share."""

import threading

from devices.ports import DeviceError, FailMode


class TimedStrike:
    """Holds the timer; what gives the strike its current or takes it is the driver's."""

    def __init__(self, fail_mode: FailMode) -> None:
        self._fail_mode = fail_mode
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

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
        """Release, and lock again after `for_s`; None: until `lock()`. Raises DeviceError."""
        with self._lock:
            self._forget_timer()
            self._want_released(True)
            if for_s is not None:
                self._timer = timer = threading.Timer(for_s, self._time_is_up)
                timer.args = [timer]
                timer.daemon = True
                timer.start()

    def lock(self) -> None:
        """Lock now. Raises DeviceError."""
        with self._lock:
            self._forget_timer()
            self._want_released(False)

    def close(self) -> None:
        """Take its current away and let go."""
        with self._lock:
            self._forget_timer()
            self.let_go()

    def _want_released(self, released: bool) -> None:
        self.want(current=released is not (self._fail_mode is FailMode.FAIL_SAFE))

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_is_up(self, timer: threading.Timer) -> None:
        with self._lock:
            if self._timer is timer:
                self._timer = None
                try:
                    self._want_released(False)
                except DeviceError as error:
                    self.not_locked(error)
