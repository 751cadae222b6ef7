"""The demo's past is written feature by feature, and its audit in the order in which
things happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

from controller.assembly import HOUSE
from controller.capabilities.badges.vault import Vault
from controller.domain.time import Utc
from controller.kernel.database import Database, Session


class InOrder(Database):
    """A database that holds back what its audit is to record, until `recall` writes it.

    `held`: shared by those who fill a place one after the other.
    """

    def __init__(self, engine: Engine, held: list[Any], vault: Vault | None = None) -> None:
        super().__init__(engine, house=HOUSE, vault=vault)
        self.held = held

    @contextmanager
    def write(self) -> Iterator[Session]:
        """As of any database, but for the audit."""
        with super().write() as db:
            yield db
            self.held.extend(db.info.pop("audit", ()))

    def recall(self, until: Utc | None = None) -> None:
        """Write what happened up to then, by its time; without `until` all that is held."""
        due = [entry for entry in self.held if until is None or entry.at <= until]
        self.held[:] = [entry for entry in self.held if until is not None and entry.at > until]
        with super().write() as db:
            db.info["audit"] = sorted(due, key=lambda entry: entry.at)
