"""Tables of programs."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Hash, Word


class ProgramRow(Base):
    """A program for agents, as the authority signed it; its archive lies beside the keys."""

    __tablename__ = "agent_program"

    serial: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """When it was signed, in milliseconds."""
    version: Mapped[Word]
    architecture: Mapped[Word]
    sha256: Mapped[Hash]
    size: Mapped[int] = mapped_column(BigInteger)
    sig: Mapped[str]
    withdrawn_at: Mapped[Utc | None]
