"""The table of syslog: how much has been sent."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Word


class SyslogPlace(Base):
    """A single row with the last audit entry that was sent; for alarms the outbox stores a
    cursor."""

    __tablename__ = "syslog_place"

    name: Mapped[Word] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    moved_at: Mapped[Utc]
