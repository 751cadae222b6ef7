"""Whoever may make a member a trainer may hand out the badge with which the trainer certifies."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.changes import BadgeHandedOver, BadgeNeedsManager
from controller.capabilities.training.certify_rights import GIVES, facts, givers
from controller.capabilities.training.models import HeldRow
from controller.domain.facts import Level


def check_badge(db: Session, badge: BadgeHandedOver) -> None:
    """Raise BadgeNeedsManager unless the actor may give each level of trainer that the member has.

    A suspended one counts too: it may be restored while the badge is out.
    """
    held = select(HeldRow.certification_id).where(
        HeldRow.member_id == badge.member.id,
        HeldRow.level == Level.TRAINER,
        or_(HeldRow.valid_until.is_(None), HeldRow.valid_until > badge.now),
    )
    keys = db.scalars(held.order_by(HeldRow.certification_id)).all()
    if not keys:
        return
    known = facts(db, badge.actor, badge.member, keys, badge.now)
    for key in keys:
        sites = known.where.get(key)
        if not sites:  # it counts nowhere for this member
            continue
        if not any(Level.TRAINER in GIVES[giver] for giver in givers(known, key)):
            raise BadgeNeedsManager(", ".join(sorted(sites)))
