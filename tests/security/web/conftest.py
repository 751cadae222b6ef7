"""The application over a place with an account of each role, attacked from outside."""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from tests.security.web.place import BOSS, THEIR_BOSS, Place, make, served, write
from tests.security.web.visitor import Seen
from tests.security.web.whose import Places
from tests.support.clock import Clock
from tests.support.temporary import once
from tests.webui.conftest import NOW, client, clock, database, make_app
from tests.webui.fuzz.fuzz_world import HERE_MARK, THERE_MARK

__all__ = ["client", "clock", "database"]

Token = Callable[[str], tuple[str, str]]
"""Makes a token of a role: its id and secret."""
KEPT = "found.pickle"
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


@dataclass(frozen=True)
class Furnished:
    """Two sites with everything in them, and what is to be found there."""

    own: Seen
    """What who may do everything sees here."""
    theirs: Seen
    """And there."""
    places: tuple[Places, Places]
    """What addresses here name, and there."""


@pytest.fixture(scope="session")
def furnished() -> Furnished:
    """Made once a run, and walked through by those who may do everything at each site."""
    folder = once("two sites", furnish)
    found: Furnished = pickle.loads((folder / KEPT).read_bytes())  # noqa: S301 - our own
    return found


def furnish(folder: Path) -> None:
    """Make both, and keep what was found there."""
    marks = HERE_MARK, THERE_MARK
    world = make(folder, marks)
    walked = folder / "walked"
    walked.mkdir()
    write(folder, walked, marks)
    found = []
    with served(folder, walked) as place:
        for who, side in ((BOSS, world.here), (THEIR_BOSS, world.there)):
            visitor = place.visitor(who)
            seen = visitor.walk()
            found.append((seen, Places.of(visitor, seen, side.ids)))
    (own, here), (theirs, there) = found
    made = Furnished(own, theirs, (here, there))
    (folder / KEPT).write_bytes(pickle.dumps(made))


Walked = Callable[[str], Seen]
"""What somebody finds by following links: the same in every copy of the place."""


@pytest.fixture(scope="session")
def walked(furnished: Furnished) -> Walked:
    """Walks once a run for each who signs in; who may do everything has walked already."""
    return lambda who: furnished.own if who == BOSS else _walk_of(str(who))


@cache
def _walk_of(who: str) -> Seen:
    def walk(folder: Path) -> None:
        with served(once("two sites", furnish), folder) as place:
            (folder / KEPT).write_bytes(pickle.dumps(place.visitor(who).walk()))

    found: Seen = pickle.loads((once(f"walk of {who}", walk) / KEPT).read_bytes())  # noqa: S301
    return found


@pytest.fixture
def place(furnished: Furnished, tmp_path: Path) -> Iterator[Place]:
    """A copy of it, with the application over it."""
    with served(once("two sites", furnish), tmp_path) as made:
        yield made
