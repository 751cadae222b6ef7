"""Tables of metrics: sums that only grow, whatever retention takes of the events."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.base import Base
from controller.store.types import Slug, Word


class EventTotal(Base):
    """How many events of a type a site has stored, and how long the way of those on time took."""

    __tablename__ = "event_total"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Mapped[Slug] = mapped_column(primary_key=True)
    type: Mapped[Word] = mapped_column(primary_key=True)
    stored: Mapped[int] = mapped_column(BigInteger)
    on_time: Mapped[int] = mapped_column(BigInteger)
    """Of these, the ones that did not wait in a journal; only their way is measured."""
    way_ms: Mapped[int] = mapped_column(BigInteger)
    """Milliseconds from when they happened until they were stored, summed up."""


class DecisionTotal(Base):
    """How often an access point has answered a tap in a way."""

    __tablename__ = "decision_total"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Mapped[Slug] = mapped_column(primary_key=True)
    access_point_id: Mapped[Slug] = mapped_column(primary_key=True)
    reason: Mapped[Word] = mapped_column(primary_key=True)
    """Why it was refused; empty: it was granted."""
    taps: Mapped[int] = mapped_column(BigInteger)
