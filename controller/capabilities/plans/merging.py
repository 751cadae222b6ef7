"""Two records of one person merged: their subscriptions, passes and the days spent."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.changes import MemberMerged
from controller.capabilities.plans.models import PassRow, PassUse, SubscriptionRow

_TABLES: tuple[Any, ...] = (SubscriptionRow, PassRow, PassUse)


def move(db: Session, merged: MemberMerged) -> None:
    """All of the one that goes is the other's."""
    for model in _TABLES:
        for row in db.scalars(select(model).where(model.member_id == merged.gone.id)):
            row.member_id = merged.kept.id
    db.flush()
