"""Tables of activity: what was ticked off, and from when each person reads on."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Hash, Slug, Uuid


class SeenRow(Base):
    """A row that somebody has ticked off, for all who read it."""

    __tablename__ = "activity_seen"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    key: Mapped[Hash] = mapped_column(primary_key=True)
    """The row's own key: a hash, which leads to nobody."""
    by: Mapped[str]
    at: Mapped[Utc]


class ReadUntilRow(Base):
    """Until when an account has read a site's list: the next one begins there."""

    __tablename__ = "activity_read_until"

    site_id: Mapped[Slug] = mapped_column(ForeignKey("site.id"), primary_key=True)
    account_id: Mapped[Uuid] = mapped_column(ForeignKey("account.id"), primary_key=True)
    at: Mapped[Utc]
    before: Mapped[Utc | None]
    """Until when it was before, to take it back."""
