"""The table of syslog: how much has been sent."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import Plain
from controller.store.types import Word


class SyslogPlace(Base):
    """A single row with the last audit entry that was sent; for alarms the outbox stores a
    cursor."""

    __tablename__ = "syslog_place"

    name: Plain[Word] = mapped_column(primary_key=True)
    seq: Plain[int] = mapped_column(BigInteger)
    moved_at: Plain[Utc]
