"""How far the log server has been told."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Word


class SyslogPlace(Base):
    """One row: the last entry of the audit that went out. Alarms have a reader of the outbox."""

    __tablename__ = "syslog_place"

    name: Mapped[Word] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    moved_at: Mapped[Utc]
