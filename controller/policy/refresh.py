"""Changes of the policy that time or an operator brings, not an edited fact."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.policy.models import PolicySite
from controller.policy.touch import facts_of_house, touched


def refresh_due(db: Session, since: Utc, now: Utc) -> None:
    """Touch what has changed by time alone in (since, now]."""
    for each in facts_of_house(db).contributors:
        touched(db).add(each.due(db, since, now))


def raise_epoch(db: Session) -> None:
    """After a restore of the database: agents take a snapshot, whatever version they have."""
    db.execute(update(PolicySite).values(epoch=PolicySite.epoch + 1))
