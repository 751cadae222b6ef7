"""Tables of audit: the checks of its chain, with their results."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Hash, Uuid


class AuditCheckRow(Base):
    """A check of the audit chain."""

    __tablename__ = "audit_check"

    id: Mapped[Uuid] = mapped_column(primary_key=True)
    at: Mapped[Utc]
    by: Mapped[str]
    whole: Mapped[bool]
    """Whether it started at the first entry; otherwise after the previous check."""
    seq: Mapped[int] = mapped_column(BigInteger)
    """Up to which entry the chain was intact."""
    hash: Mapped[Hash]
    broken_at: Mapped[int | None] = mapped_column(BigInteger)
    """The first altered entry; null if none."""
