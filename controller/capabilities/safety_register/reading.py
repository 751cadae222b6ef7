"""Which entries each responsible person still has to read."""

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from controller.capabilities.safety_register.models import SafetyEntry, SafetyReading
from controller.kernel.actor import Actor


def reader(actor: Actor) -> str:
    """Return the reference of the actor's account, whether on a page or with a token."""
    return f"account:{actor.account_id}" if actor.account_id else actor.ref


def is_unread(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor still has to read an entry.

    False if it is annulled, was read in its current state, or is the actor's own and unchanged.
    """
    me = reader(actor)
    has_read = exists().where(
        SafetyReading.entry_id == SafetyEntry.id,
        SafetyReading.by == me,
        SafetyReading.at >= SafetyEntry.changed_at,
    )
    is_own_and_unchanged = (SafetyEntry.written_by == me) & (
        SafetyEntry.changed_at == SafetyEntry.written_at
    )
    return ~has_read & ~is_own_and_unchanged & SafetyEntry.annulled_at.is_(None)


def count_unread(db: Session, site_id: str, at_most: int, *, actor: Actor) -> int:
    """Count the entries of a site that the actor still has to read, up to `at_most`."""
    unread = select(SafetyEntry.id).where(SafetyEntry.site_id == site_id, is_unread(actor))
    return db.scalar(select(func.count()).select_from(unread.limit(at_most).subquery())) or 0
