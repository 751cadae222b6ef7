"""The application over a place with an account of each role, attacked from outside."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.conftest import NOW, client, clock, database, make_app

__all__ = ["client", "clock", "database"]

Token = Callable[[str], tuple[str, str]]
"""Makes a token of a role: its id and secret."""
SYSTEM = Actor.system("test")


@pytest.fixture
def app(database: Database, clock: Clock) -> Iterator[Flask]:
    """One process of the web; its streams end with the test."""
    made = make_app(database, clock, proxies=1)
    yield made
    made.extensions["broadcast"].close()


@pytest.fixture
def token(database: Database) -> Token:
    """Make a token of a role's account, for all that the role may: its id and secret."""

    def make(role: str) -> tuple[str, str]:
        with database.write() as db:
            mine = select(AccountRow.id).where(AccountRow.login == f"{role}@example.org")
            account = db.scalars(mine).one()
            made, secret = tokens.add(db, account, "t", HOUSE.permissions, NOW, SYSTEM)
        return made.id, secret

    return make


def bearer(secret: str, address: str = "203.0.113.7") -> dict[str, str]:
    """The headers of a program that comes from an address."""
    return {"Authorization": f"Bearer {secret}", "X-Forwarded-For": address}
