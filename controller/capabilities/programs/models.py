"""Tables of programs."""

from sqlalchemy import BigInteger
from sqlalchemy.orm import mapped_column

from controller.domain.time import Utc
from controller.store.base import Base
from controller.store.data_kinds import Plain
from controller.store.types import Hash, Word


class ProgramRow(Base):
    """A signed program for agents; its archive is a file beside the keys."""

    __tablename__ = "agent_program"

    serial: Plain[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The time of signing, in milliseconds since 1970; higher is newer."""
    version: Plain[Word]
    architecture: Plain[Word]
    sha256: Plain[Hash]
    size: Plain[int] = mapped_column(BigInteger)
    sig: Plain[str]
    withdrawn_at: Plain[Utc | None]
