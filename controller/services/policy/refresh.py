"""Changes of the policy that time or an operator brings, not an edited fact."""

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.services.policy.touch import touch_members
from controller.store.models import PolicySite, SubscriptionRow


def refresh_due(db: Session, since: Utc, now: Utc) -> None:
    """Touch the members with a subscription that began or ended in (since, now].

    A holder row carries one subscription; at such a moment another may take its place.
    """
    start, end = SubscriptionRow.valid_from, SubscriptionRow.valid_until
    touch_members(
        db,
        db.scalars(
            select(SubscriptionRow.member_id)
            .where(or_((start > since) & (start <= now), (end > since) & (end <= now)))
            .distinct()
        ),
    )


def raise_epoch(db: Session) -> None:
    """After a restore of the database: agents take a snapshot, whatever version they have."""
    db.execute(update(PolicySite).values(epoch=PolicySite.epoch + 1))
