"""A run of retention: each table's step in its own transactions, with an entry in the audit."""

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from controller.capabilities.places.models import SiteRow
from controller.capabilities.privacy.erasure.erase import BY_AGE, erase_due
from controller.capabilities.privacy.erasure.waiting_list import NOTED_BEFORE, note_due
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.idempotency import KEPT_FOR
from controller.kernel.jobs import Transactions
from controller.kernel.privacy import MARGIN, Retention, RetentionKind, RetentionScope, rules_of
from controller.settings import RetentionSettings

AT_ONCE = 1000
"""Rows per transaction, so that other writers can work in between."""
LOOKUP_LIMIT = 20 * AT_ONCE
"""Rows that are looked up at once."""
REGISTER_YEARS = 5
"""How many years after its end a year of the safety register is stored, by law."""
BOOKS_YEARS = 10
"""How many years after its end a year of the accounts is stored, by law."""

Counts = Counter[str]
"""Number of rows by table."""


def retain(database: Transactions, settings: RetentionSettings, *, now: Utc) -> Counts:
    """Apply retention at all sites; idempotent."""
    counts = Counts()
    with database.read() as db:
        sites = list(db.scalars(select(SiteRow.id).order_by(SiteRow.id)))
    for site_id in sites:
        counts += retain_site(database, settings, site_id, now=now)
    return counts + retain_rest(database, settings, now=now)


def retain_site(
    database: Transactions,
    settings: RetentionSettings,
    site_id: str,
    *,
    now: Utc,
    may: Callable[[], bool] = lambda: True,
) -> Counts:
    """Apply retention at a site; stop between two transactions as soon as `may` returns False.

    Raises sqlalchemy.exc.DBAPIError; completed transactions stay.
    """
    run = _Run(database, _expiry_times(settings, now), now, may)
    run.run_steps(site_id)
    if may():
        with database.write() as db:
            soon = _expiry_times(settings, Utc.of(now + NOTED_BEFORE))
            note_due(db, site_id, soon[RetentionKind.MEMBER], now)
        run.done["members"] += erase_due(database, site_id, run.ends[RetentionKind.MEMBER], now=now)
    return run.finish()


def retain_rest(database: Transactions, settings: RetentionSettings, *, now: Utc) -> Counts:
    """Apply retention to data that belongs to no site."""
    run = _Run(database, _expiry_times(settings, now), now)
    run.run_steps("")
    return run.finish()


def _expiry_times(settings: RetentionSettings, now: Utc) -> Mapping[RetentionKind, Utc]:
    """Return, for each retention kind, the time before which rows have expired."""
    now = Utc.of(now - MARGIN)
    return {
        RetentionKind.ACCESS: Utc.of(now - timedelta(days=settings.access_days)),
        RetentionKind.REASON: months_before(now, settings.reason_months),
        RetentionKind.MEMBER: months_before(now, settings.member_months),
        RetentionKind.ANSWER: Utc.of(now - KEPT_FOR),
        RetentionKind.REGISTER: years_before(now, REGISTER_YEARS),
        RetentionKind.BOOKS: years_before(now, BOOKS_YEARS),
    }


@dataclass(frozen=True, slots=True)
class _Run:
    database: Transactions
    ends: Mapping[RetentionKind, Utc]
    now: Utc
    may_continue: Callable[[], bool] = lambda: True
    done: Counts = field(default_factory=Counts)

    def finish(self) -> Counts:
        if any(self.done.values()):
            self.database.drop_old_pages()
        return self.done

    def run_steps(self, site_id: str) -> None:
        with self.database.read() as db:
            rules = rules_of(db)
        for rule in reversed(rules):  # referring rows first
            step = rule.retention
            if step is None or step.is_of_sites is not bool(site_id):
                continue
            before = self.ends[step.period or rule.retention_kind]
            self._step(step, RetentionScope(site_id=site_id, before=before, now=self.now))

    def _step(self, step: Retention, scope: RetentionScope) -> None:
        if step.find is None:
            self._do(step, scope)
            return
        while self.may_continue():
            with self.database.read() as db:  # reading takes longest, and blocks nobody
                keys = step.find(db, scope, LOOKUP_LIMIT)
            for start in range(0, len(keys), AT_ONCE):
                self._do(step, replace(scope, keys=keys[start : start + AT_ONCE]))
            if len(keys) < LOOKUP_LIMIT:
                return

    def _do(self, step: Retention, scope: RetentionScope) -> None:
        """Run the step in its own transaction, unless another process has taken over the site."""
        site_id = scope.site_id
        if not self.may_continue():
            return
        with self.database.write() as db:
            count = step.do(db, scope)
            self.done[step.what] += count
            if count and site_id:
                subject, detail = f"site:{site_id}", {"what": step.what, "rows": count}
                audit.record(db, BY_AGE, self.now, "retention_applied", subject, site_id, **detail)


# The cut-off times of retention periods, in days and in calendar months.


def years_before(now: Utc, years: int) -> Utc:
    """Return the first of January `years` years ago."""
    return Utc.of(datetime(now.year - years, 1, 1, tzinfo=UTC))


def months_before(now: Utc, months: int) -> Utc:
    """Return the same day `months` months ago, or the last day of that month."""
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    day = min(now.day, monthrange(year, month + 1)[1])
    return Utc.of(now.replace(year=year, month=month + 1, day=day))
