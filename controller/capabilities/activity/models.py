"""Tables of activity: rows that were ticked off, and how far each person has read."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import AccountId, ActorRef, Plain, Secret
from controller.store.types import Hash, Slug, Uuid


class SeenRow(Base):
    """A row of the list that somebody has ticked off, for all readers."""

    __tablename__ = "activity_seen"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    key: Secret[Hash] = mapped_column(primary_key=True)
    """The row's key: a hash, which names no person."""
    by: ActorRef[str]
    """The actor's reference."""
    at: Plain[Utc]


class ReadUntilRow(Base):
    """The time up to which an account has read a site's list; its next list begins there."""

    __tablename__ = "activity_read_until"

    site_id: Plain[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    account_id: AccountId[Uuid] = mapped_column(ForeignKey("account.id"), primary_key=True)
    at: Plain[Utc]
    before: Plain[Utc | None]
    """The previous value of `at`, for undoing."""
