"""Tables of metrics: totals that only grow, even when retention deletes events."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import mapped_column

from controller.store.base import Base
from controller.store.data_kinds import Plain
from controller.store.types import Slug, Word


class EventTotal(Base):
    """How many events of a type a site has stored, and how long they took to arrive."""

    __tablename__ = "event_total"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Plain[Slug] = mapped_column(primary_key=True)
    type: Plain[Word] = mapped_column(primary_key=True)
    stored: Plain[int] = mapped_column(BigInteger)
    on_time: Plain[int] = mapped_column(BigInteger)
    """Events that did not wait in a journal, the only ones in `way_ms`."""
    way_ms: Plain[int] = mapped_column(BigInteger)
    """Sum of the milliseconds from each event to its storage."""


class DecisionTotal(Base):
    """How often an access point has answered a tap with this result."""

    __tablename__ = "decision_total"
    __table_args__ = ({"sqlite_with_rowid": False},)

    site_id: Plain[Slug] = mapped_column(primary_key=True)
    access_point_id: Plain[Slug] = mapped_column(primary_key=True)
    reason: Plain[Word] = mapped_column(primary_key=True)
    """Why it was denied; empty if granted."""
    taps: Plain[int] = mapped_column(BigInteger)
