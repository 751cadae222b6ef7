"""A site whose agents have a key of their own."""

import pytest

from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.capabilities.badges.keyed import THERE
from tests.capabilities.conftest import BOSS, VAULT, Place


@pytest.fixture
def web(place: Place) -> Database:
    """The place's database as a process has it that has the keys."""
    given = place.database
    return Database(given.engine, clock=place.clock, house=given.house, vault=VAULT)


@pytest.fixture
def lille(web: Database, place: Place) -> str:
    """Another site, made where the keys are."""
    with web.write() as db:
        sites.create(db, NewSite(id=THERE, name=Label(fr="Lille")), actor=BOSS, now=place.now)
    return THERE
