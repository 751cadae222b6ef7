"""The place with a laser, and what it publishes of a busy October."""

import pytest
from flask.testing import FlaskClient

from controller.capabilities.opendata import publication
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from tests.capabilities.opendata.busy import fill
from tests.support.databases import filled
from tests.webui.conftest import NOW, SITE
from tests.webui.machines.conftest import LASER, Place
from tests.webui.machines.conftest import place as place

SYSTEM = Actor.system("test")
ABOUT = {
    "publisher": "Communauté d’agglomération de Béthune",
    "siret": "20007247700011",
    "street": "12 rue Sadi-Carnot",
    "postcode": "62400",
    "town": "Béthune",
    "insee": "62119",
    "email": "donnees@fabrique.example",
    "services": ["Loisirs et créations numériques"],
}


@pytest.fixture
def published(place: Place, client: FlaskClient) -> FlaskClient:
    """The place with a busy October, which publishes."""
    filled(place.database, _fill)
    return client


def _fill(database: Database) -> None:
    with database.write() as db:
        fill(db, SITE, "atelier", LASER, "box")
        publication.describe(db, SITE, ABOUT, version=None, actor=SYSTEM, now=NOW)
        publication.publish(db, SITE, actor=SYSTEM, now=NOW, access_days=90)
