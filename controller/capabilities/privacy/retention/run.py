"""One run: each thing in transactions of its own, each with its line in the audit."""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import SiteRow
from controller.capabilities.privacy.erasure.erase import erase_due
from controller.capabilities.privacy.retention import events, rest
from controller.capabilities.privacy.retention.times import days_before, months_before
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.transactions import Transactions
from controller.settings import RetentionSettings

AT_ONCE = 1000
"""Events of one transaction: others get their turn in between."""
LOOKED_UP = 20 * AT_ONCE
_ACTOR = Actor.system("retention")


Counts = Counter[str]
"""How many rows, by what."""


def retain(database: Transactions, settings: RetentionSettings, *, now: Utc) -> Counts:
    """Do what is due, everywhere. What is done already is not done again."""
    done = Counts()
    with database.read() as db:
        sites = list(db.scalars(select(SiteRow.id).order_by(SiteRow.id)))
    for site_id in sites:
        done += retain_site(database, settings, site_id, now=now)
    return done + retain_rest(database, settings, now=now)


def retain_site(
    database: Transactions,
    settings: RetentionSettings,
    site_id: str,
    *,
    now: Utc,
    may: Callable[[], bool] = lambda: True,
) -> Counts:
    """Do what is due at a site; between two transactions it ends once `may` says no.

    Raises sqlalchemy.exc.DBAPIError; what was done until then stays done.
    """
    done = Counts()
    access = days_before(now, settings.access_days)
    reason = months_before(now, settings.reason_months)
    _events(database, site_id, access, now, may, done)
    for steps, before in ((rest.BY_ACCESS, access), (rest.BY_REASON, reason)):
        for what, step in steps.items():
            with database.write() as db:
                _record(db, site_id, now, what, step(db, site_id, before, now), done)
    member = months_before(now, settings.member_months)
    done["members"] += erase_due(database, site_id, member, actor=_ACTOR, now=now)
    if any(done.values()):
        database.drop_old_pages()
    return done


def retain_rest(database: Transactions, settings: RetentionSettings, *, now: Utc) -> Counts:
    """Do what is due and belongs to no one site."""
    with database.write() as db:
        done = Counts(
            answers=rest.answers(db, now),
            notes=rest.notes(db, months_before(now, settings.reason_months)),
            accounts=rest.accounts(db, months_before(now, settings.member_months)),
        )
    if any(done.values()):
        database.drop_old_pages()
    return done


def _events(
    database: Transactions,
    site_id: str,
    before: Utc,
    now: Utc,
    may: Callable[[], bool],
    done: Counts,
) -> None:
    while may():
        with database.read() as db:  # looking takes longest, and holds up nobody
            keys = events.due(db, site_id, before, now, LOOKED_UP)
        for start in range(0, len(keys), AT_ONCE):
            if not may():
                return
            with database.write() as db:
                count = events.forget(db, keys[start : start + AT_ONCE])
                _record(db, site_id, now, "events", count, done)
        if len(keys) < LOOKED_UP:
            return


def _record(db: Session, site_id: str, now: Utc, what: str, count: int, done: Counts) -> None:
    done[what] += count
    if count:
        audit.record(
            db, _ACTOR, now, "retention_applied", f"site:{site_id}", site_id, what=what, rows=count
        )
