"""A place in a real database of each kind, its pages and API, and a browser at the desk."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.messages.models import MessageRow
from controller.kernel.actor import Role
from controller.live import Live
from controller.settings import Settings, SiteSettings
from tests.capabilities.conftest import BOSS, Place, clock, database, live, place
from tests.support.applications import an_application
from tests.webui.conftest import sign_in, token_of
from webui.context import WebContext

__all__ = ["clock", "database", "live", "place"]

PASSWORD = "correct horse"


@pytest.fixture
def app(place: Place) -> Flask:
    """The pages and the API, with an account of each role that works at a desk."""
    with place.database.write() as db:
        for role in (Role.DESK, Role.MANAGER):
            place.account(db, f"{role.value}@example.org", role)
    return an_application(
        WebContext(
            settings=Settings(site=SiteSettings(id=place.site, name="Ici")),
            database=place.database,
            live=Live("embedded"),
            secret="s" * 40,
            credential_keys={place.site: bytes(range(32))},
            own_key=b"w" * 32,
            hardware=None,
            clock=place.clock,
        )
    )


class Desk:
    """Somebody who works at the desk, and signs in anew when the clock was moved."""

    def __init__(self, app: Flask, place: Place, who: str = "desk") -> None:
        self.app, self.place, self.who = app, place, who
        self._client, self._since = signed_in(app, who), place.now

    def send(self, address: str, **fields: str) -> str:
        """Send a form; what stands on the page that comes next."""
        if self.place.now != self._since:
            self._client, self._since = signed_in(self.app, self.who), self.place.now
        return send(self._client, address, **fields)


@pytest.fixture
def desk(app: Flask, place: Place) -> Desk:
    """The desk."""
    return Desk(app, place)


def signed_in(app: Flask, who: str) -> FlaskClient:
    """A browser of this account."""
    client = app.test_client()
    assert sign_in(client, who, PASSWORD) == 303
    return client


def send(client: FlaskClient, address: str, **fields: str) -> str:
    """Send a form and follow to the page that comes next; what stands there."""
    data = {"csrf_token": token_of(client), **fields}
    answer = client.post(address, data=data, follow_redirects=True)
    assert answer.status_code in (200, 422), (address, answer.status_code)
    return answer.get_data(as_text=True)


def bearer(place: Place, login: str) -> dict[str, str]:
    """The header of a token that may do all that this account may."""
    with place.database.write() as db:
        row = db.scalars(select(AccountRow).where(AccountRow.login == login)).one()
        _made, secret = tokens.add(db, row.id, "t", HOUSE.permissions, place.now, BOSS)
    return {"Authorization": f"Bearer {secret}"}


def letters(place: Place, what: str = "badge") -> list[tuple[str | None, dict[str, object]]]:
    """The address and the fields of each letter of this kind, in their order."""
    with place.database.read() as db:
        rows = db.scalars(select(MessageRow).where(MessageRow.what == what))
        return [(row.address, row.detail) for row in rows.all()]
