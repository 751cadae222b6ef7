"""Somebody at the desk of a place with two rooms, a plan, and one member with a badge."""

import html
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.plans import plans
from controller.capabilities.plans.shapes import NewPlan
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.databases import filled
from tests.webui.conftest import NOW, sign_in, token_of
from tests.webui.members.people import add_member

SYSTEM = Actor.system("test")
VAULT = Vault(b"k" * 32, b"w" * 32)


class Desk:
    """The page, before somebody at the desk."""

    def __init__(self, client: FlaskClient, zoe: str) -> None:
        self.client, self.zoe = client, zoe

    def text(self, query: str = "") -> str:
        """What it shows."""
        return html.unescape(self.client.get(f"/desk{query}").get_data(as_text=True))

    def post(self, path: str, **fields: Any) -> TestResponse:
        """Send a form that stands there."""
        data = {"csrf_token": token_of(self.client), **fields}
        return self.client.post(path, data=data)

    def opened(self, typed: str) -> str:
        """Where the field leads."""
        return self.post("/desk/find", q=typed).headers["Location"]


@pytest.fixture
def desk(client: FlaskClient, database: Database) -> Desk:
    zoe = filled(database, _fill)
    sign_in(client, "desk")
    return Desk(client, zoe)


def _fill(database: Database) -> str:
    with database.write() as db:
        for key, name in (("atelier", "Atelier"), ("hall", "Hall")):
            new = NewZone(id=key, name=Label(fr=name), capacity=10)
            zones.create(db, new, actor=SYSTEM, now=NOW)
        plans.create(db, NewPlan(id="plan", name=Label(fr="Résident")), actor=SYSTEM, now=NOW)
    zoe = add_member(database, "Zoé d’Artois")
    with database.write() as db:
        badge = NewCredential(member_id=zoe, value="uid:04A1B2C3")
        credentials.create(db, badge, vault=VAULT, actor=SYSTEM, now=NOW)
    return zoe
