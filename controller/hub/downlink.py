"""The thread that sends policy and commands to agents, one job after another."""

import logging
import math
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from controller.hub.counters import Counters

_log = logging.getLogger(__name__)

Job = Callable[[], None]


@dataclass(slots=True)
class PeriodicTask:
    """A job that runs periodically."""

    name: str
    every_s: float
    job: Job
    sooner_s: Callable[[], float] = lambda: math.inf
    """Called after each run: an upper limit for the wait until the next run."""
    next_s: float = 0.0
    """Monotonic time of the next run."""


class Downlink:
    """Runs queued jobs in order, and periodic tasks when they are due.

    A job that fails is counted and logged, and the others continue; one of the periodic tasks does
    its work later.
    """

    def __init__(
        self,
        periodic: list[PeriodicTask],
        counters: Counters,
        monotonic: Callable[[], float],
        round_done: Job = lambda: None,
    ) -> None:
        """`round_done` is called after each round of periodic tasks."""
        self._periodic = periodic
        self._counters = counters
        self._monotonic = monotonic
        self._round_done = round_done
        self._jobs: queue.Queue[tuple[str, Job]] = queue.Queue(maxsize=10_000)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub-downlink", daemon=True)

    def start(self) -> None:
        """Start the thread; each periodic task runs once immediately, in order."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the current job and stop."""
        self._stopping.set()
        self.do("stop", lambda: None)
        self._thread.join()

    def do(self, name: str, job: Job) -> None:
        """Queue a job without blocking; if the queue is full, the job is dropped and counted."""
        try:
            self._jobs.put_nowait((name, job))
        except queue.Full:
            self._counters.add(f"dropped_no_room_{name}")

    def _run(self) -> None:
        while not self._stopping.is_set():
            for task in self._periodic:
                if task.next_s <= self._monotonic():
                    task.next_s = self._monotonic() + task.every_s
                    self._attempt(task.name, task.job)
                    task.next_s = min(task.next_s, self._monotonic() + task.sooner_s())
            self._round_done()
            next_s = min(task.next_s for task in self._periodic)
            try:
                name, job = self._jobs.get(timeout=max(0.0, next_s - self._monotonic()))
            except queue.Empty:
                continue
            self._attempt(name, job)

    def _attempt(self, name: str, job: Job) -> None:
        try:
            job()
        except DBAPIError as problem:
            self._counters.add(f"failed_{name}")
            _log.warning("%s: the database does not answer (%s); trying later", name, problem.orig)
        except Exception:  # noqa: BLE001  the edge of the loop: one job must not stop the others
            self._counters.add(f"failed_{name}")
            _log.exception("%s failed", name)
