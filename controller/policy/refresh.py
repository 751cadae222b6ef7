"""Policy changes caused by time or an operator, without an edited fact."""

from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.jobs import Job, Work
from controller.policy.invalidation import (
    PendingInvalidations,
    facts_of_house,
    pending_invalidations,
)
from controller.policy.models import PolicySite
from controller.policy.reading import chunks


def refresh_due(db: Session, since: Utc, now: Utc) -> None:
    """Invalidate what has changed in (since, now] because of time alone."""
    for contributor in facts_of_house(db).contributors:
        pending_invalidations(db).add(contributor.time_effects(db, since, now))


def facts_with_mapped_keys(db: Session, site_id: str) -> Iterator[PendingInvalidations]:
    """Yield, in batches, a site's facts whose keys are mapped for its agents (`KeyMapping`)."""
    facts = facts_of_house(db)
    tables = facts.key_mapping.tables if facts.key_mapping else {}
    for fact_kind in facts.rows.values():
        if (fact_kind.table or fact_kind.kind) not in tables or fact_kind.site_keys is None:
            continue
        for keys in chunks(db.scalars(fact_kind.site_keys(site_id))):
            batch = PendingInvalidations()
            batch.facts[fact_kind.kind, site_id].update(keys)
            yield batch


def invalidate_again(db: Session, batch: PendingInvalidations) -> None:
    """Invalidate the facts of a batch, so that they are compiled before the commit."""
    for kind_and_site, keys in batch.facts.items():
        pending_invalidations(db).facts[kind_and_site].update(keys)


def raise_epoch(db: Session, now: Utc, *, above: Mapping[str, int] | None = None) -> None:
    """Increase the epoch of all sites after a restore, so that agents take a snapshot.

    The new epoch is higher than that of the backup, those in `above` (of the replaced database, by
    site), and any from an earlier restore: it is at least the minutes since 1970.
    """
    minutes = now.millis() // 60_000
    for site in db.scalars(select(PolicySite)):
        site.epoch = max(site.epoch + 1, (above or {}).get(site.site_id, 0) + 1, minutes)
    db.flush()


# The periodic job for policy changes that are caused by time alone.


def _refresh(work: Work) -> None:
    """Refresh the policy. If the clock was set back, also undo what began or ended too early."""
    with work.write() as db:
        refresh_due(db, work.since, max(work.now, work.set_back_from or work.now))


JOBS = (
    Job(
        name="policy",
        title=N_("rights that begin or end"),
        run=_refresh,
        deadline_s=300.0,
        transaction_timeout_s=300.0,
    ),
)
