"""Tables of programs."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.types import Hash, Word


class ProgramRow(Base):
    """A signed program for agents; its archive is a file beside the keys."""

    __tablename__ = "agent_program"

    serial: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The time of signing, in milliseconds since 1970; higher is newer."""
    version: Mapped[Word]
    architecture: Mapped[Word]
    sha256: Mapped[Hash]
    size: Mapped[int] = mapped_column(BigInteger)
    sig: Mapped[str]
    withdrawn_at: Mapped[Utc | None]
