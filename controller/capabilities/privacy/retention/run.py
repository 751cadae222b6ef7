"""One run: each thing in transactions of its own, each with its line in the audit."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import SiteRow
from controller.capabilities.privacy.erasure.erase import erase_due
from controller.capabilities.privacy.retention import events, rest
from controller.capabilities.privacy.retention.times import days_before, months_before
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.settings import RetentionSettings

AT_ONCE = 1000
"""Events of one transaction: others get their turn in between."""
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
    done = Retained()
    with database.read() as db:
        known = list(db.scalars(select(SiteRow.id).order_by(SiteRow.id)))
    for site_id in known if sites is None else sorted(sites):
        if may(site_id):
            _of_site(database, settings, site_id, now, may, done)
    with database.write() as db:
        done.counts["answers"] += rest.answers(db, now)
        done.counts["notes"] += rest.notes(db, months_before(now, settings.reason_months))
        closed = months_before(now, settings.member_months)
        done.counts["accounts"] += rest.accounts(db, closed)
    if done:
        database.drop_old_pages()
    return done


def _of_site(
    database: Database,
    settings: RetentionSettings,
    site_id: str,
    now: Utc,
    may: Callable[[str], bool],
    done: Retained,
) -> None:
    access, reason = (
        days_before(now, settings.access_days),
        months_before(now, settings.reason_months),
    )
    _events(database, site_id, access, now, may, done)
    for steps, before in ((rest.BY_ACCESS, access), (rest.BY_REASON, reason)):
        for what, step in steps.items():
            with database.write() as db:
                count = step(db, site_id, before, now)
                _record(db, site_id, now, what, count, done)
    member = months_before(now, settings.member_months)
    done.counts["members"] += erase_due(database, site_id, member, actor=_ACTOR, now=now)


def _events(
    database: Database,
    site_id: str,
    before: Utc,
    now: Utc,
    may: Callable[[str], bool],
    done: Retained,
) -> None:
    while may(site_id):
        with database.read() as db:  # looking takes longest, and holds up nobody
            keys = events.due(db, site_id, before, now, LOOKED_UP)
        for start in range(0, len(keys), AT_ONCE):
            if not may(site_id):
                return
            with database.write() as db:
                count = events.forget(db, keys[start : start + AT_ONCE])
                _record(db, site_id, now, "events", count, done)
        if len(keys) < LOOKED_UP:
            return


def _record(db: Session, site_id: str, now: Utc, what: str, count: int, done: Retained) -> None:
    done.counts[what] += count
    if count:
        audit.record(
            db, _ACTOR, now, "retention_applied", f"site:{site_id}", site_id, what=what, rows=count
        )
