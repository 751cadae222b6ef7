"""Tables of activity: rows that were ticked off, and how far each person has read."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Hash, Slug, Uuid


class SeenRow(Base):
    """A row of the list that somebody has ticked off, for all readers."""

    __tablename__ = "activity_seen"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    key: Mapped[Hash] = mapped_column(primary_key=True)
    """The row's key: a hash, which names no person."""
    by: Mapped[str]
    """The actor's reference."""
    at: Mapped[Utc]


class ReadUntilRow(Base):
    """The time up to which an account has read a site's list; its next list begins there."""

    __tablename__ = "activity_read_until"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    account_id: Mapped[Uuid] = mapped_column(ForeignKey("account.id"), primary_key=True)
    at: Mapped[Utc]
    before: Mapped[Utc | None]
    """The previous value of `at`, for undoing."""
