"""The house with one feature more, over a database that was there before the feature."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from controller.assembly import HOUSE
from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.kernel.actor import Actor
from controller.kernel.capability import House
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.live import Live
from controller.policy import POLICY
from controller.store.engine import open_database
from controller.store.migrate import upgrade
from tests.support.clock import Clock
from tests.support.databases import a_copy, migrated_sqlite
from tests.support.lending.capability import LENDING
from tests.webui.conftest import NOW, SITE, fill, make_app
from webui.features import FEATURES, features_of

WITH_LENDING = House((*HOUSE.features, LENDING), POLICY)
ALL_FEATURES = (*FEATURES, *features_of((LENDING,), "tests.support.web"))
SYSTEM = Actor.system("test")
ZOE = "Zoé Duchemin"


@dataclass
class Place:
    """A site with an account of each role and two members, who borrow what the test lends."""

    database: Database
    live: Live
    clock: Clock
    app: Flask
    ids: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def client(self) -> FlaskClient:
        """Another browser each time."""
        return self.app.test_client()

    def call(
        self, method: str, path: str, body: Any = None, role: str = "desk", **headers: str
    ) -> TestResponse:
        """Ask the API with the token of a role."""
        headers = {"Authorization": f"Bearer {self._token(role)}", **headers}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    def lend(self, who: str = "zoe", **fields: str) -> dict[str, Any]:
        """Lend a drill until tomorrow; what the API answers."""
        new = {"tool": "Perceuse", "member_id": self.ids[who], "due_at": "2026-11-25T17:00:00.000Z"}
        answer = self.call("POST", "/loans", new | fields)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return dict(answer.get_json())

    def _token(self, role: str) -> str:
        if role not in self.tokens:
            with self.database.write() as db:
                wanted = select(AccountRow.id).where(AccountRow.login == f"{role}@example.org")
                key, scopes = db.scalars(wanted).one(), self.database.house.permissions
                self.tokens[role] = tokens.add(db, key, "test", scopes, NOW, SYSTEM)[1]
        return self.tokens[role]


@pytest.fixture(scope="session")
def lending_in_sqlite(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    """Made once, in a file."""
    return _made(migrated_sqlite(tmp_path_factory.mktemp("lending")))


@pytest.fixture(scope="session")
def lending_in_postgresql(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, str]]]:
    """Made once, in a database of its own."""
    with a_copy(postgres_url, tmp_path_factory.mktemp("lending")) as url:
        yield _made(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A copy of what was made once, of both kinds."""
    url, ids = request.getfixturevalue(f"lending_in_{request.param}")
    with a_copy(url, tmp_path) as copy:
        engine, clock, live = open_database(copy), Clock(NOW), Live("embedded")
        database = Database(engine, live, clock, house=WITH_LENDING)
        app = make_app(database, clock, features=ALL_FEATURES)
        yield Place(database, live, clock, app, ids)
        live.close()
        engine.dispose()


def _made(url: str) -> tuple[str, dict[str, str]]:
    """Over a database of the version that knew nothing of lending; ids of its members."""
    engine, ids = open_database(url), {}
    upgrade(engine, WITH_LENDING.migrations)
    database = Database(engine, clock=Clock(NOW), house=WITH_LENDING)
    fill(database)
    with database.write() as db:
        sites.create(db, NewSite(id="annexe", name=Label(fr="Annexe")), actor=SYSTEM, now=NOW)
        for who, name in (("zoe", ZOE), ("ali", "Ali Benali")):
            new = NewMember(display_name=name, site_id=SITE)
            ids[who] = members.create(db, new, actor=SYSTEM, now=NOW).id
    engine.dispose()  # a database that somebody uses can't be copied
    return url, ids
