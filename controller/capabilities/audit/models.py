"""Tables of audit: the checks of its chain, with their results."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import ActorRef, Plain
from controller.store.types import Hash, Uuid


class AuditCheckRow(Base):
    """A check of the audit chain."""

    __tablename__ = "audit_check"

    id: Plain[Uuid] = mapped_column(primary_key=True)
    at: Plain[Utc]
    by: ActorRef[str]
    whole: Plain[bool]
    """Whether it started at the first entry; otherwise after the previous check."""
    seq: Plain[int] = mapped_column(BigInteger)
    """Up to which entry the chain was intact."""
    hash: Plain[Hash]
    broken_at: Plain[int | None] = mapped_column(BigInteger)
    """The first altered entry; null if none."""
