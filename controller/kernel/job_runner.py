"""Runs periodic jobs, each in a thread of its own, so that one that hangs does not delay others."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel import job_rows
from controller.kernel.database import Database, database_time, wall_clock
from controller.kernel.job_retries import MISSES
from controller.kernel.job_rows import Claim, Key
from controller.kernel.jobs import ClaimLost, Job, NeedsDate, Work
from controller.settings import Settings
from controller.store.engine import first_line

STEP = timedelta(hours=1)
"""A smaller change is the correction of a drifting clock; daylight saving time does not change
UTC."""
SETTLE_S = 900.0
"""Seconds to wait after a clock step; agents report their time every minute, so that the date can
be checked by then."""


class ClockSteps:
    """Detects steps of the wall clock by more than `STEP`; must be called every few seconds."""

    def __init__(self, clock: Callable[[], Utc], monotonic: Callable[[], float]) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._last = (clock(), monotonic())
        self._stepped_s: float | None = None

    def are_settled(self) -> bool:
        """Return False for `SETTLE_S` after a step was seen."""
        (then, then_s), (now, now_s) = self._last, (self._clock(), self._monotonic())
        self._last = (now, now_s)
        if abs((now - then) - timedelta(seconds=now_s - then_s)) > STEP:
            self._stepped_s = now_s
        return self._stepped_s is None or now_s - self._stepped_s >= SETTLE_S


MAX_CATCH_UP = timedelta(days=31)
"""How far back a job catches up if it is not known when it last succeeded."""
POLL_S = 1.0
"""Seconds between checks for due jobs."""
GAP_S = 0.25
"""The next job starts once the previous one has ended, or after this long.

Most take milliseconds, and if all ran at once they would only wait for each other's locks.
"""
STOP_S = 3.0
"""How long to wait for running jobs when stopping."""
OVERDUE = "TimeoutError"

Alarm = Callable[[Session, Job, str, bool, Utc], None]
"""Raises (True) or clears (False) the alarm for a job at a site (empty: of all sites)."""
IsDateSure = Callable[[Session, NeedsDate, Utc], bool]
"""Returns whether the controller's clock can be trusted as far as a job needs it."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Running:
    """A job that is running."""

    job: Job
    claim: Claim
    work: Work
    done: threading.Event = field(default_factory=threading.Event)
    is_overdue: bool = False


class JobRunner:
    """Runs the jobs of all features when they are due; of several processes, one runs each job."""

    def __init__(
        self,
        database: Database,
        holder: str,
        settings: Settings,
        *,
        alarm: Alarm,
        sites: Callable[[], Collection[str]],
        clock: Callable[[], Utc] = wall_clock,
        monotonic: Callable[[], float] = time.monotonic,
        is_date_sure: IsDateSure = lambda _db, _needs, _now: True,
    ) -> None:
        """`sites`: returns the sites whose lease this process holds now."""
        self._database = database
        self._jobs = {job.name: job for job in database.house.jobs}
        self._holder = holder
        self._settings = settings
        self._alarm = alarm
        self._sites = sites
        self._clock = clock
        self._monotonic = monotonic
        self._is_date_sure = is_date_sure
        self._steps = ClockSteps(clock, monotonic)
        self._started_s = monotonic()
        self._running: dict[Key, _Running] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Start the thread; due jobs run at once."""
        self._started_s = self._monotonic()
        self._thread.start()

    def stop(self) -> None:
        """Finish the current transactions, release the jobs for other processes, and stop."""
        self._stopping.set()
        self._thread.join()
        end_s = self._monotonic() + STOP_S
        for running_job in self._running.values():
            running_job.done.wait(max(0.0, end_s - self._monotonic()))
            running_job.work.give_up()
        try:
            with self._database.write() as db:
                job_rows.release(db, self._holder, database_time(db, self._clock))
        except DBAPIError as problem:  # the claims expire in any case
            _log.warning("the jobs were not released: %s", first_line(problem))

    def poll(self) -> None:
        """Start the jobs that are due. Raises DBAPIError."""
        with self._database.read() as db:
            due = job_rows.due_keys(db, self._claimable_keys(), database_time(db, self._clock))
            due = self._with_sure_date(db, due)
        if not due:
            return
        deadlines = {key: self._jobs[key[0]].deadline_s for key in due}
        with self._database.write() as db:
            claims = job_rows.claim(db, deadlines, self._holder, database_time(db, self._clock))
        for claim in claims:
            self._start_job(claim)

    def _with_sure_date(self, db: Session, due: list[Key]) -> list[Key]:
        """Return the jobs that need no date, or for which the date is certain enough."""
        now, is_settled = self._clock(), self._steps.are_settled()
        is_sure = {NeedsDate.NO: True}
        for needs in {self._jobs[name].needs_date for name, _site in due} - is_sure.keys():
            is_sure[needs] = is_settled and self._is_date_sure(db, needs, now)
        return [key for key in due if is_sure[self._jobs[key[0]].needs_date]]

    def _run(self) -> None:
        is_tidy = False
        while not self._stopping.is_set():
            try:
                is_tidy = is_tidy or self._delete_unknown_jobs()
                self.poll()
            except DBAPIError as problem:
                _log.warning("jobs: %s; trying again", first_line(problem))
            except Exception:  # noqa: BLE001  the outermost loop: the next round may succeed
                _log.exception("starting due jobs failed")
            self._stopping.wait(POLL_S)

    def _delete_unknown_jobs(self) -> bool:
        """Delete jobs that this program no longer has, and their alarms."""
        with self._database.write() as db:
            for name, site in job_rows.forget_others(db, self._jobs):
                unknown_job = Job(name=name, title=name, run=lambda _work: None)
                self._alarm(db, unknown_job, site, False, self._clock())
        return True

    def _claimable_keys(self) -> Iterable[Key]:
        """Yield the keys that this process may run now and is not running."""
        sites = sorted(self._sites())
        age_s = self._monotonic() - self._started_s
        for job in self._jobs.values():
            if age_s < job.first_s:
                continue
            for site in sites if job.per_site else [""]:
                running = self._running.get((job.name, site))
                if running is None or running.done.is_set() or running.is_overdue:
                    yield job.name, site

    def _start_job(self, claim: Claim) -> None:
        job, before = self._jobs[claim.key[0]], self._running.get(claim.key)
        if claim.failures >= MISSES:
            self._raise_alarm(job, claim.key[1])
        if before is not None and not before.done.is_set():
            self._record_failure(job, claim, OVERDUE)  # its thread still hangs; don't start another
            return
        now = self._clock()
        since, set_back_from = claim.succeeded_at, None
        if since is None or since > now:
            since, set_back_from = Utc.of(now - MAX_CATCH_UP), since
        work = Work(
            self._database,
            claim,
            self._settings,
            transaction_timeout_s=min(job.transaction_timeout_s, job.deadline_s),
            since=since,
            now=now,
            is_allowed=lambda: self._may_continue(job, claim.key[1]),
            set_back_from=set_back_from,
        )
        running = _Running(job, claim, work)
        self._running[claim.key] = running
        name = f"job-{job.name}"
        threading.Thread(target=self._run_job, args=(running,), name=name, daemon=True).start()
        running.done.wait(GAP_S)

    def _may_continue(self, job: Job, site: str) -> bool:
        return not self._stopping.is_set() and (not job.per_site or site in self._sites())

    def _run_job(self, running: _Running) -> None:
        job, claim = running.job, running.claim
        overdue = threading.Timer(job.deadline_s, self._overdue, (running,))
        overdue.daemon, overdue.name = True, f"job-{job.name}-overdue"
        overdue.start()
        try:
            job.run(running.work)
            self._record_success(running)
        except ClaimLost as lost:
            _log.warning("%s", lost)
        # the thread's outermost level: the job is retried
        except Exception as problem:  # noqa: BLE001
            if not running.is_overdue:
                _log.exception("job %s failed", job.name)
                self._record_failure(job, claim, type(problem).__name__)
        finally:
            running.done.set()
            overdue.cancel()

    def _record_success(self, running: _Running) -> None:
        job, claim = running.job, running.claim
        with self._database.write() as db:
            until = running.work.now
            if job_rows.succeed(db, claim, until, job.period_s) and claim.failures >= MISSES:
                self._alarm(db, job, claim.key[1], False, self._clock())

    def _record_failure(self, job: Job, claim: Claim, error: str) -> None:
        try:
            with self._database.write() as db:
                now = database_time(db, self._clock)
                failures = job_rows.miss(db, claim, error, job.period_s, now)
        except DBAPIError as problem:  # the claim expires, and the failure is noticed then
            _log.warning("job %s: %s", job.name, first_line(problem))
            return
        if failures is not None and failures >= MISSES:
            self._raise_alarm(job, claim.key[1])

    def _raise_alarm(self, job: Job, site: str) -> None:
        try:
            with self._database.write() as db:
                self._alarm(db, job, site, True, self._clock())
        except Exception:  # noqa: BLE001  a failed alarm must not stop the jobs
            _log.exception("the alarm for job %s could not be raised", job.name)

    def _overdue(self, running: _Running) -> None:
        """Handle an overdue job on a separate thread, which needs no lock that the job holds."""
        job = running.job
        running.is_overdue = not running.done.is_set()
        if running.is_overdue:
            running.work.give_up()
            _log.error("job %s hangs: not done after %.0f s", job.name, job.deadline_s)
            self._record_failure(job, running.claim, OVERDUE)
