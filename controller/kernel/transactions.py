"""The protocol of anything that opens transactions."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy.orm import Session


class Transactions(Protocol):
    """What opens transactions: a database, or what a job may do in it while its lease holds."""

    def read(self) -> AbstractContextManager[Session]:
        """One view of the database."""

    def write(self) -> AbstractContextManager[Session]:
        """One transaction, committed at its end."""

    def drop_old_pages(self) -> bool:
        """After people were taken out: forget what rows held before."""
