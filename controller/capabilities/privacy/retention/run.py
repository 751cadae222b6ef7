"""One run: each table's step in transactions of its own, each with its line in the audit."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from controller.capabilities.places.models import SiteRow
from controller.capabilities.privacy.erasure.erase import erase_due
from controller.capabilities.privacy.retention.times import days_before, months_before
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.idempotency import KEPT_FOR
from controller.kernel.privacy import Due, Kept, Retention
from controller.settings import RetentionSettings

AT_ONCE = 1000
"""Rows of one transaction: others get their turn in between."""
LOOKED_UP = 20 * AT_ONCE
_ACTOR = Actor.system("retention")


@dataclass(frozen=True, slots=True)
class Retained:
    """What a run did: numbers by what."""

    counts: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return any(self.counts.values())


def retain(
    database: Database,
    settings: RetentionSettings,
    *,
    now: Utc,
    sites: Iterable[str] | None = None,
    may: Callable[[str], bool] = lambda _site: True,
) -> Retained:
    """Do what is due at these sites, or at all. What is done already is not done again.

    It ends early at a site once `may` says no: another hub has it now, or this one stops. Raises
    sqlalchemy.exc.DBAPIError; what was done until then stays done.
    """
    with database.read() as db:
        known = list(db.scalars(select(SiteRow.id).order_by(SiteRow.id)))
    run = _Run(database, _ends(settings, now), now, may)
    for site_id in known if sites is None else sorted(sites):
        run.at_site(site_id)
    run.steps("")
    if run.done:
        database.drop_old_pages()
    return run.done


def _ends(settings: RetentionSettings, now: Utc) -> Mapping[Kept, Utc]:
    """Before when something is over."""
    return {
        Kept.ACCESS: days_before(now, settings.access_days),
        Kept.REASON: months_before(now, settings.reason_months),
        Kept.MEMBER: months_before(now, settings.member_months),
        Kept.ANSWER: Utc.of(now - KEPT_FOR),
    }


@dataclass(frozen=True, slots=True)
class _Run:
    database: Database
    ends: Mapping[Kept, Utc]
    now: Utc
    may: Callable[[str], bool]
    done: Retained = field(default_factory=Retained)

    def at_site(self, site_id: str) -> None:
        self.steps(site_id)
        if self.may(site_id):
            end = self.ends[Kept.MEMBER]
            count = erase_due(self.database, site_id, end, actor=_ACTOR, now=self.now)
            self.done.counts["members"] += count

    def steps(self, site_id: str) -> None:
        for keep in reversed(self.database.house.keeps):  # what refers to others goes first
            step = keep.retention
            if step is None or step.is_of_sites is not bool(site_id):
                continue
            before = self.ends[step.kept or keep.kept]
            self._step(step, Due(site_id=site_id, before=before, now=self.now))

    def _step(self, step: Retention, due: Due) -> None:
        if step.find is None:
            self._do(step, due)
            return
        while self.may(due.site_id):
            with self.database.read() as db:  # looking takes longest, and holds up nobody
                keys = step.find(db, due, LOOKED_UP)
            for start in range(0, len(keys), AT_ONCE):
                self._do(step, replace(due, keys=keys[start : start + AT_ONCE]))
            if len(keys) < LOOKED_UP:
                return

    def _do(self, step: Retention, due: Due) -> None:
        """In a transaction of its own, unless this site is another's by now."""
        site_id = due.site_id
        if site_id and not self.may(site_id):
            return
        with self.database.write() as db:
            count = step.do(db, due)
            self.done.counts[step.what] += count
            if count and site_id:
                subject, words = f"site:{site_id}", {"what": step.what, "rows": count}
                audit.record(db, _ACTOR, self.now, "retention_applied", subject, site_id, **words)
