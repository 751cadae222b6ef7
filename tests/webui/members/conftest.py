"""Somebody whose page is looked at."""

import pytest
from flask.testing import FlaskClient

from controller.capabilities.plans import plans
from controller.capabilities.plans.shapes import NewPlan
from controller.capabilities.training import certifications
from controller.capabilities.training.shapes import NewCertification
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.databases import filled
from tests.webui.conftest import NOW, sign_in
from tests.webui.members.people import SYSTEM, Person, add_member


@pytest.fixture
def zoe(client: FlaskClient, database: Database) -> Person:
    """Somebody without anything, before a manager."""
    zoe = filled(database, _fill)
    sign_in(client, "manager")
    return Person(client, zoe)


def _fill(database: Database) -> str:
    with database.write() as db:
        new = NewPlan(id="atelier", name=Label(fr="Atelier"))
        plans.create(db, new, actor=SYSTEM, now=NOW)
        laser = NewCertification(id="laser", name=Label(fr="Découpe laser"))
        certifications.create(db, laser, actor=SYSTEM, now=NOW)
    return add_member(database, "Zoé d’Artois")
