"""Tables of audit: when its chain was read again, and how far it held."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Hash, Uuid


class AuditCheckRow(Base):
    """One time that the chain was read again."""

    __tablename__ = "audit_check"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    at: Mapped[Utc]
    by: Mapped[str]
    whole: Mapped[bool]
    """From its first entry; else from where the check before had ended."""
    seq: Mapped[int] = mapped_column(BigInteger)
    """Up to which entry it held."""
    hash: Mapped[Hash]
    broken_at: Mapped[int | None] = mapped_column(BigInteger)
    """The first entry that did not."""
