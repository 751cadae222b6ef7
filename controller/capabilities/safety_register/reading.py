"""Which entries each person responsible for the place still has to read."""

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from controller.capabilities.safety_register.models import SafetyEntry, SafetyReading
from controller.kernel.actor import Actor


def reader(actor: Actor) -> str:
    """Return the reference of the actor's account, whether on a page or by a token of it."""
    return f"account:{actor.account_id}" if actor.account_id else actor.ref


def is_unread(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor still has to read an entry.

    True unless it is annulled, was read in its current state, or is the actor's own and unchanged.
    """
    me = reader(actor)
    has_read = exists().where(
        SafetyReading.entry_id == SafetyEntry.id,
        SafetyReading.by == me,
        SafetyReading.at >= SafetyEntry.changed_at,
    )
    own = (SafetyEntry.written_by == me) & (SafetyEntry.changed_at == SafetyEntry.written_at)
    return ~has_read & ~own & SafetyEntry.annulled_at.is_(None)


def count_unread(db: Session, site_id: str, at_most: int, *, actor: Actor) -> int:
    """Count the entries of a site that the actor still has to read, up to `at_most`."""
    waiting = select(SafetyEntry.id).where(SafetyEntry.site_id == site_id, is_unread(actor))
    return db.scalar(select(func.count()).select_from(waiting.limit(at_most).subquery())) or 0
