"""Changes of the policy that time or an operator brings, not an edited fact."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.policy.models import PolicySite
from controller.policy.touch import facts_of_house, touched


def refresh_due(db: Session, since: Utc, now: Utc) -> None:
    """Touch what has changed by time alone in (since, now]."""
    for each in facts_of_house(db).contributors:
        touched(db).add(each.due(db, since, now))


def raise_epoch(db: Session, now: Utc, *, above: Mapping[str, int] | None = None) -> None:
    """After a restore of the database: agents take a snapshot, whatever version they have.

    The new epoch is above that of the backup, those of `above` (the replaced database's, by site),
    and any that an earlier restore can have given: it is at least the minutes since 1970.
    """
    minutes = now.millis() // 60_000
    for site in db.scalars(select(PolicySite)):
        site.epoch = max(site.epoch + 1, (above or {}).get(site.site_id, 0) + 1, minutes)
    db.flush()
