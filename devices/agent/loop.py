"""The agent's loop: one queue, and one thread that alone uses the access points."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue

from controller.domain.ids import AccessPointId
from controller.systemd import notify
from devices.agent.clock import Clock
from devices.agent.points.point import Point
from devices.ports import DeviceEvent

log = logging.getLogger(__name__)

BEAT_S = 0.25
"""How often systemd gets a sign of life, and the loop's lag is measured."""

STALLED_S = 0.5
"""If a turn of the loop is later than this, the loop counts as stalled."""

Work = DeviceEvent | Callable[[], None]
"""What can be on the queue."""


class Timer:
    """Calls a function regularly on the loop's thread."""

    def __init__(self, every_s: float, action: Callable[[], None]) -> None:
        self._every_s, self._action = every_s, action
        self.due_at = float("-inf")

    def run(self, now_s: float) -> None:
        """Call the function if it is due."""
        if now_s >= self.due_at:
            self.due_at = now_s + self._every_s
            self._action()


class Loop:
    """Serves the queue. Drivers, link, journal and policy only put work on it."""

    def __init__(self, clock: Clock, alive: Callable[[float], None] = lambda _: None) -> None:
        """`alive` is called regularly with the current monotonic time."""
        self._clock, self._alive = clock, alive
        self._queue: SimpleQueue[Work] = SimpleQueue()
        self._points: Mapping[AccessPointId, Point] = {}
        self._by_device: Mapping[str, Point] = {}
        self._timers: list[Timer] = [Timer(BEAT_S, self._beat)]
        self._stopping = False
        self._turned_s = clock.mono()
        """Monotonic time of the last turn."""
        self.lag_s = 0.0
        """Seconds by which the last beat was late."""

    def put(self, work: Work) -> None:
        """Put work on the queue; any thread and signal handlers may call this."""
        self._queue.put(work)

    def every(self, seconds: float, action: Callable[[], None]) -> None:
        """Call a function regularly."""
        self._timers.append(Timer(seconds, action))

    def set_points(
        self, points: Mapping[AccessPointId, Point], by_device: Mapping[str, Point]
    ) -> None:
        """Set the access points, and the point of each device by the device's name."""
        self._points, self._by_device = points, by_device

    def stop(self) -> None:
        """End after the current work; any thread and signal handlers may call this."""
        self._queue.put(self._stop)

    def serve_until(self, done: Callable[[], bool], timeout_s: float) -> None:
        """Serve until `done`, until the timeout, or until stopped."""
        end_s = self._clock.mono() + timeout_s
        while not self._stopping and not done() and (left_s := end_s - self._clock.mono()) > 0:
            self.turn(min(self.wait_s(), left_s))

    def run(self) -> None:
        """Serve until stopped."""
        while not self._stopping:
            self.turn(self.wait_s())

    def turn(self, timeout_s: float) -> bool:
        """Wait for work until the timeout, do it, then run what is due; return whether there was
        work."""
        work: Work | None = None
        with suppress(Empty):
            work = self._queue.get(timeout=timeout_s) if timeout_s else self._queue.get_nowait()
        self._notice_absence(timeout_s)
        if work is not None:
            self._run_work(work)
            self._notice_absence()
        self._tick()
        return work is not None

    def keep_alive(self) -> None:
        """Renew switches that have a time limit, and report to systemd, while the loop waits for
        the disk."""
        now_s = self._clock.mono()
        for point in self._points.values():
            point.renew(now_s)
        self._timers[0].run(now_s)
        self._turned_s = now_s

    def _beat(self) -> None:
        notify("WATCHDOG=1")
        self._alive(self._clock.mono())

    def _notice_absence(self, waited_s: float = 0.0) -> None:
        """Tell the points if the loop was stalled (SIGSTOP, an overloaded board), as it missed
        events then.

        It may have stalled during its work, so the time counts from the previous check.
        """
        since_s, self._turned_s = self._turned_s, self._clock.mono()
        if self._turned_s - since_s > waited_s + STALLED_S:
            for point in self._points.values():
                self.guarded(point, partial(point.note_absence, since_s))

    def _stop(self) -> None:
        self._stopping = True

    def wait_s(self) -> float:
        """Return the seconds until something is due."""
        dues = [point.deadline() for point in self._points.values()]
        dues += [timer.due_at for timer in self._timers]
        first = min(due for due in dues if due is not None)
        return max(0.0, first - self._clock.mono())

    def _run_work(self, work: Work) -> None:
        if not callable(work):
            point = self._by_device.get(work.device)
            if point is not None:
                self.guarded(point, partial(point.device, work))
            return
        try:
            work()
        except Exception:
            log.exception("the loop failed at a piece of work")

    def _tick(self) -> None:
        now_s = self._clock.mono()
        self._measure(now_s)
        for point in self._points.values():
            self.guarded(point, partial(point.tick, now_s))
        for timer in self._timers:
            try:
                timer.run(now_s)
            except Exception:
                log.exception("the loop failed at a timer")

    def _measure(self, now_s: float) -> None:
        beat = self._timers[0].due_at
        if beat != float("-inf") and now_s >= beat:
            self.lag_s = now_s - beat

    @staticmethod
    def guarded(point: Point, action: Callable[[], None]) -> None:
        """Call `action`; if it fails, cut the point's power and give it a fault."""
        try:
            action()
        except Exception:
            log.exception("%s failed; its power is put off", point.id)
            point.panic()
