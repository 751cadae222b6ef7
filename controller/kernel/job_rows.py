"""The rows of periodic jobs: when each is due, which process runs it, and how it went.

Scheduling uses the database's clock, where it has one. A row that was begun in the future was
written before a clock was set back; it counts as due.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, delete, select, tuple_, update
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.job_retries import MISSES, wait_s
from controller.kernel.models import JobRow
from controller.store.upsert import insert_missing

Key = tuple[str, str]
"""The job's name, and the site for which it runs; empty: for all sites at once."""
MARGIN_S = 10.0
"""Grace period in seconds after a job's deadline before another process may take it over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right of this process to run a job now."""

    key: Key
    holder: str
    term: int
    started_at: Utc
    failures: int
    """Failures in a row before this run; a process that stopped during a run counts."""
    succeeded_at: Utc | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """The state of a job, for administrators."""

    name: str
    site: str
    due_at: Utc
    succeeded_at: Utc | None
    failures: int
    error: str | None

    @property
    def fails(self) -> bool:
        """Return whether the job has failed so often that somebody must look."""
        return self.failures >= MISSES


def states(db: Session) -> list[JobState]:
    """Return all jobs that have run at least once."""
    rows = db.scalars(select(JobRow).order_by(JobRow.name, JobRow.site_id))
    return [
        JobState(
            name=row.name,
            site=row.site_id,
            due_at=row.due_at,
            succeeded_at=row.succeeded_at,
            failures=row.failures,
            error=row.error,
        )
        for row in rows
    ]


def due_keys(db: Session, keys: Iterable[Key], now: Utc) -> list[Key]:
    """Return the keys that are due and not claimed; read without a lock."""
    candidates = list(keys)
    rows = {(row.name, row.site_id): row for row in db.scalars(_rows(candidates))}
    return [key for key in candidates if key not in rows or _is_due(rows[key], now)]


def claim(db: Session, deadlines: Mapping[Key, float], holder: str, now: Utc) -> list[Claim]:
    """Claim the due ones among these jobs; deadlines are in seconds."""
    insert_missing(db, JobRow, [_new(key, now) for key in sorted(deadlines)])
    rows = db.scalars(_rows(deadlines).order_by(JobRow.name, JobRow.site_id).with_for_update())
    claims = []
    for row in rows.all():
        key = (row.name, row.site_id)
        if not _is_due(row, now):
            continue
        row.failures += row.holder is not None  # the process that held it stopped during the run
        row.holder, row.term, row.started_at = holder, row.term + 1, now
        row.until = _add_seconds(now, deadlines[key] + MARGIN_S)
        claims.append(
            Claim(
                key=key,
                holder=holder,
                term=row.term,
                started_at=now,
                failures=row.failures,
                succeeded_at=row.succeeded_at,
            )
        )
    return claims


def holds_claim(db: Session, claim: Claim) -> bool:
    """Return whether the claim is still valid, and keep it until the commit."""
    return db.scalar(_claimed_row(claim).with_for_update()) is not None


def succeed(db: Session, claim: Claim, until: Utc, period_s: float) -> bool:
    """Record that everything due until `until` is done; False if the claim had been lost."""
    row = db.scalar(_claimed_row(claim).with_for_update())
    if row is None:
        return False
    row.holder, row.until, row.due_at = None, None, _add_seconds(claim.started_at, period_s)
    row.succeeded_at, row.failures, row.error = until, 0, None
    return True


def miss(db: Session, claim: Claim, error: str, period_s: float, now: Utc) -> int | None:
    """Record a failure; return how many there were in a row, None if the claim had been lost."""
    row = db.scalar(_claimed_row(claim).with_for_update())
    if row is None:
        return None
    row.failures, row.error = row.failures + 1, error[:64]
    row.holder, row.until = None, None
    row.due_at = _add_seconds(now, wait_s(row.failures, period_s))
    return row.failures


def release(db: Session, holder: str, now: Utc) -> None:
    """Release this process's unfinished jobs, so that another process can run them immediately."""
    own_claims = update(JobRow).where(JobRow.holder == holder)
    db.execute(own_claims.values(holder=None, until=None, due_at=now))


def forget_others(db: Session, names: Iterable[str]) -> list[Key]:
    """Delete jobs that this program does not have; return those that were failing."""
    is_unknown = JobRow.name.not_in(list(names))
    failing = select(JobRow.name, JobRow.site_id).where(is_unknown, JobRow.failures >= MISSES)
    failing_keys = [(row.name, row.site_id) for row in db.execute(failing)]
    db.execute(delete(JobRow).where(is_unknown))
    return failing_keys


def _rows(keys: Iterable[Key]) -> Select[JobRow]:
    return select(JobRow).where(tuple_(JobRow.name, JobRow.site_id).in_(list(keys)))


def _claimed_row(claim: Claim) -> Select[JobRow]:
    return (
        _rows([claim.key])
        .where(JobRow.holder == claim.holder, JobRow.term == claim.term)
        .execution_options(populate_existing=True)
    )


def _is_due(row: JobRow, now: Utc) -> bool:
    if row.started_at is not None and row.started_at > now:
        return True
    return row.due_at <= now and (row.until is None or row.until <= now)


def _new(key: Key, now: Utc) -> dict[str, object]:
    return {
        "name": key[0],
        "site_id": key[1],
        "due_at": now,
        "holder": None,
        "until": None,
        "term": 0,
        "started_at": None,
        "succeeded_at": None,
        "failures": 0,
        "error": None,
    }


def _add_seconds(now: Utc, seconds: float) -> Utc:
    return Utc.of(now + timedelta(seconds=seconds))
