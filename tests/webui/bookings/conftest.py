"""The place of the machine's page: a laser, who may use it and who may not; and who signs in."""

import pytest
from flask.testing import FlaskClient

from controller.capabilities.accounts import accounts
from controller.kernel.actor import Role
from tests.support.clock import Clock
from tests.webui.conftest import NOW, PASSWORD, SITE, make_app, sign_in
from tests.webui.machines.conftest import SYSTEM, Place
from tests.webui.machines.conftest import place as place

ADA, BEN, CLEO = "Ada Both", "Ben Laser", "Cleo None"


@pytest.fixture
def desk(place: Place, clock: Clock) -> FlaskClient:
    """Signed in at the desk."""
    return browser(place, clock, "desk")


def browser(place: Place, clock: Clock, who: str) -> FlaskClient:
    """Somebody's, signed in."""
    client = make_app(place.database, clock).test_client()
    assert sign_in(client, who) == 303
    return client


def account_of(place: Place, name: str, login: str) -> None:
    """That member signs in as `LOGIN@example.org`."""
    with place.database.write() as db:
        accounts.create(
            db,
            login=f"{login}@example.org",
            password=PASSWORD,
            roles={SITE: frozenset({Role.MEMBER})},
            member_id=place.members[name],
            actor=SYSTEM,
            now=NOW,
        )
