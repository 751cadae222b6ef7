"""Who has read which entry: those who answer for the place have each to read each entry."""

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from controller.capabilities.safety_register.models import SafetyEntry, SafetyReading
from controller.kernel.actor import Actor


def reader(actor: Actor) -> str:
    """The reader's account, on a page or through one of its tokens."""
    return f"account:{actor.account_id}" if actor.account_id else actor.ref


def is_unread(actor: Actor) -> ColumnElement[bool]:
    """The condition that an entry waits for this actor: neither read as it is now, nor their own
    and untouched, nor annulled."""
    me = reader(actor)
    has_read = exists().where(
        SafetyReading.entry_id == SafetyEntry.id,
        SafetyReading.by == me,
        SafetyReading.at >= SafetyEntry.changed_at,
    )
    own = (SafetyEntry.written_by == me) & (SafetyEntry.changed_at == SafetyEntry.written_at)
    return ~has_read & ~own & SafetyEntry.annulled_at.is_(None)


def count_unread(db: Session, site_id: str, at_most: int, *, actor: Actor) -> int:
    """How many entries of a site wait for the actor; no more than `at_most` are counted."""
    waiting = select(SafetyEntry.id).where(SafetyEntry.site_id == site_id, is_unread(actor))
    return db.scalar(select(func.count()).select_from(waiting.limit(at_most).subquery())) or 0
